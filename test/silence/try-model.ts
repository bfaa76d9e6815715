// One model class on one made-up table: a model that is right as far as can be told, or a failure in words.
import { DataError, ParameterError } from '../../src/learning/errors.ts'
import type { ThreadTeam } from '../../src/learning/parallel/thread-team.ts'
import type { Warning } from '../../src/learning/warnings.ts'
import { decodeArtifact } from '../../src/model/artifact.ts'
import { RowsError } from '../../src/model/faults.ts'
import type { Predictions } from '../../src/model/fitted-pipeline.ts'
import type { Metrics, Model, ModelParameters } from '../../src/model/model.ts'
import { type Column, type Table, valueAt } from '../../src/model/table.ts'
import { ModelUnusableError } from '../../src/trainer/prove-trained.ts'
import { train } from '../../src/trainer/train.ts'
import type { RandomTable } from './random-table.ts'

/** "trained", or the name of the error that told why not. */
export type Outcome = 'trained' | 'DataError' | 'ParameterError' | 'RowsError' | 'ModelUnusableError'

/** Smaller than the defaults, so that a thousand tables take minutes. */
const SMALL: ModelParameters = { n_estimators: 10, n_init: 1, trials_max: 2, random_state: 1 }
/** What rounding may take from a score that equals the baseline's. */
const SLACK = 1e-9
/** As src/model/doubts/baseline.ts judges: of fewer rows nothing is expected, and a balanced accuracy counts. */
const JUDGED_ROWS_MIN = 5
/** As the warning has it (model/doubts/baseline.ts). */
const ROC_AUC_MAX = 0.55
const BALANCED_MARGIN = 0.02

/**
 * Trains and judges. Throws an Error that says what is wrong in silence: an error that is none of ours, an artifact that
 * does not restore or predicts otherwise, a prediction or a metric that is not finite, a model that is worse than always
 * answering the majority or the mean on its own training rows and does not say so.
 */
export async function tryModel(model: Model, table: RandomTable, team: ThreadTeam): Promise<Outcome> {
  const defaults = model.get_default_parameters()
  const parameters = Object.fromEntries(Object.entries(SMALL).filter(([name]) => name in defaults))
  const { kind, takesLabels } = describe(model, { ...defaults, ...parameters })
  const labels = !takesLabels ? { rowCount: 0, columns: [] } : kind === 'regressor' ? table.numbers : table.classes
  const run = { runId: 1, modelName: model.name, parameters, validationSplit: null, digest: '0'.repeat(64) }
  const work = { run, features: table.features, labels }
  let trained: Awaited<ReturnType<typeof train>>
  try {
    trained = await train(model, work, { team, tell: () => {} })
  } catch (error) {
    if (error instanceof DataError || error instanceof ParameterError || error instanceof RowsError) {
      if (error.message.length < 10 || /NaN|undefined/.test(error.message)) throw error
      return error.name
    }
    if (error instanceof ModelUnusableError) return error.name
    throw error
  }
  for (const [name, value] of Object.entries(trained.metrics)) {
    if (!Number.isFinite(value)) throw new Error(`the metric ${name} is ${value}`)
  }
  const predictions = await decodeArtifact(trained.artifact, model).predict(table.features, { team })
  if (kind === 'recommender') {
    checkLists(predictions.labels)
    return 'trained'
  }
  checkFinite(predictions)
  if (takesLabels) checkAgainstBaseline(labels, predictions.labels, trained)
  return 'trained'
}

/** False where the rows or the parameters are refused already. */
function describe(model: Model, parameters: ModelParameters) {
  const { estimator, takesLabels } = model.create_pipeline(parameters)
  return { kind: estimator.kind, takesLabels }
}

/** A list may be short, and then ends: nothing follows a place without an item, and each item has a score, which is never larger than the one before. */
function checkLists({ columns, rowCount }: Table): void {
  const length = columns.length / 2
  for (let row = 0; row < rowCount; row++) {
    const items = columns.slice(0, length).map((column) => valueAt(column, row))
    const scores = columns.slice(length).map((column) => valueAt(column, row))
    const count = items.indexOf(null) < 0 ? length : items.indexOf(null)
    if (items.slice(count).some((item) => item !== null)) throw new Error(`the list of row ${row} has a gap`)
    if (new Set(items.slice(0, count)).size < count) throw new Error(`the list of row ${row} has an item twice`)
    for (let place = 0; place < length; place++) {
      const [before, score] = [scores[place - 1] ?? Number.POSITIVE_INFINITY, scores[place]]
      if (place >= count ? score !== null : typeof score !== 'number' || score > Number(before)) {
        throw new Error(`the score of place ${place} of row ${row} is ${score}, after ${before}`)
      }
    }
  }
}

function checkFinite({ labels, probabilities }: Predictions): void {
  for (const column of labels.columns) {
    for (let row = 0; row < labels.rowCount; row++) {
      if (valueAt(column, row) === null) throw new Error(`the prediction of row ${row} is no value`)
    }
  }
  for (const { values, levels } of probabilities) {
    for (let start = 0; start < values.length; start += levels.length) {
      const sum = values.subarray(start, start + levels.length).reduce((a, b) => a + b, 0)
      if (!(Math.abs(sum - 1) < 1e-6))
        throw new Error(`the probabilities of row ${start / levels.length} sum to ${sum}`)
    }
  }
}

function checkAgainstBaseline(
  labels: Table,
  predicted: Table,
  { warnings, metrics }: { readonly warnings: readonly Warning[]; readonly metrics: Metrics },
): void {
  // It ranks the classes better than chance, and is right less often only where it draws the line.
  if ((metrics['roc_auc'] ?? 0) > ROC_AUC_MAX) return
  if (
    warnings.some(
      ({ code }) => code === 'NO_BETTER_THAN_BASELINE' || code === 'LABEL_CONSTANT' || code === 'NOT_CONVERGED',
    )
  )
    return
  const [actual, answer] = [labels.columns[0] as Column, predicted.columns[0] as Column]
  if (labels.rowCount < JUDGED_ROWS_MIN) return
  if (actual.kind === 'numeric' && answer.kind === 'numeric') {
    const share = unexplainedShare(actual.values, answer.values)
    if (!(share <= 1 + SLACK)) throw new Error(`worse than the mean: R² is ${1 - share}`)
    return
  }
  const counts = new Map<unknown, { of: number; right: number }>()
  for (let row = 0; row < labels.rowCount; row++) {
    const value = valueAt(actual, row)
    const count = counts.get(value) ?? { of: 0, right: 0 }
    counts.set(value, count)
    count.of += 1
    if (value === valueAt(answer, row)) count.right += 1
  }
  const right = [...counts.values()].reduce((sum, count) => sum + count.right, 0)
  const majority = Math.max(...[...counts.values()].map(({ of }) => of))
  // A model that tells rare classes apart may be right less often than the majority.
  const balanced = [...counts.values()].reduce((sum, count) => sum + count.right / count.of, 0) / counts.size
  if (right < majority && balanced <= 1 / counts.size + BALANCED_MARGIN) {
    throw new Error(`worse than the majority: ${right} of ${labels.rowCount} right, not ${majority}`)
  }
}

/** The squared errors of the predictions over those of the mean, in a unit in which neither overflows. */
function unexplainedShare(actual: Float64Array, predicted: Float64Array): number {
  const largest = Math.max(...actual.map(Math.abs))
  if (largest === 0) return predicted.every((value) => value === 0) ? 0 : Number.POSITIVE_INFINITY
  const scaled = actual.map((value) => value / largest)
  const mean = scaled.reduce((a, b) => a + b, 0) / scaled.length
  const around = scaled.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const errors = scaled.reduce((sum, value, i) => sum + (value - (predicted[i] as number) / largest) ** 2, 0)
  // Of a constant label only rounding is left.
  return around <= 1e-24 * scaled.length
    ? errors <= 1e-18 * scaled.length
      ? 0
      : Number.POSITIVE_INFINITY
    : errors / around
}
