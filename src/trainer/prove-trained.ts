// The last look at a training before it may end as SUCCESS: its predictions are finite, and its artifact gives them again.
import { ArtifactError, decodeArtifact } from '../model/artifact.ts'
import { FittedPipeline, type Predictions, type PredictOptions } from '../model/fitted-pipeline.ts'
import { givesLists } from '../model/listed-rows.ts'
import type { Metrics, Model } from '../model/model.ts'
import { RowReader } from '../model/row-reader.ts'
import { rowsNotFinite } from '../model/rows-not-finite.ts'
import { type Table, takeRows, toRows, valueAt } from '../model/table.ts'

/** A model that was fitted, but that nobody could predict with. */
export class ModelUnusableError extends Error {
  override readonly name = 'ModelUnusableError'
}

/** Training rows, and what the fitted pipeline says of them: an artifact of it must say the same. */
export interface Proof {
  readonly features: Table
  readonly predictions: Predictions
}

/** Training rows that the restored pipeline predicts: a restored state is right in all rows, or seldom in any. */
const PROOF_ROWS = 64
/** What the rounding of a model class's own state may change, relative to the largest value. */
const TOLERANCE = 1e-9

/**
 * Throws ModelUnusableError when a prediction of the training rows is not a finite number. `made`: the predictions that
 * the metrics made of them, where they did; else they are made here. O(rows × outputs).
 */
export async function checkPredictions(
  pipeline: FittedPipeline,
  features: Table,
  made: Predictions | undefined,
  options: PredictOptions,
): Promise<void> {
  // A recommender looks at its numbers when it is fitted; its lists are of users, and a row each would make them again and again.
  if (givesLists(pipeline)) return
  const classifiers = pipeline.outputs.filter(({ fitted }) => fitted.kind === 'classifier').length
  const isWhole = made?.probabilities.length === classifiers && made.labels.rowCount === features.rowCount
  const { labels, probabilities } = isWhole ? made : await pipeline.predict(features, options)
  for (const { name, values, levels } of probabilities) {
    refuseRows(name, rowsNotFinite(values, levels.length), features.rowCount, 'the probabilities')
  }
  for (const column of labels.columns) {
    if (column.kind !== 'numeric') continue
    refuseRows(column.name, rowsNotFinite(column.values, 1), features.rowCount, 'the predictions')
  }
}

/** Names of metrics that are not finite numbers, without the class or cluster behind the dot: that may be a value. */
export function metricsNotFinite(metrics: Metrics): string[] {
  const odd = Object.keys(metrics).filter((name) => !Number.isFinite(metrics[name]))
  return [...new Set(odd.map((name) => name.split('.')[0] as string))]
}

/** Takes first and last rows and others evenly between. */
export async function takeProof(pipeline: FittedPipeline, features: Table): Promise<Proof> {
  const count = Math.min(PROOF_ROWS, features.rowCount)
  const step = (features.rowCount - 1) / Math.max(1, count - 1)
  const rows = takeRows(
    features,
    Int32Array.from({ length: count }, (_, k) => Math.round(k * step)),
  )
  return { features: rows, predictions: await pipeline.predict(rows) }
}

/**
 * Restores the artifact as the service will, and predicts the rows of the proof. Throws ModelUnusableError when it does
 * not restore, or predicts otherwise. O(bytes).
 */
export async function proveArtifact(artifact: Buffer, model: Model, proof: Proof): Promise<void> {
  const { said, saidNow } = await predictRestored(artifact, model, proof.features)
  const difference = differenceOf(proof.predictions, said)
  if (difference !== undefined) {
    throw new ModelUnusableError(`the restored model predicts otherwise than the fitted one: ${difference}`)
  }
  const differenceNow = saidNow && differenceOf(said, saidNow)
  if (differenceNow === undefined) return
  throw new ModelUnusableError(`predictNow of the model's own class predicts otherwise than predict: ${differenceNow}`)
}

/** saidNow: what `predictNow` says of the same rows, where the model's class has its own. */
async function predictRestored(
  artifact: Buffer,
  model: Model,
  features: Table,
): Promise<{ readonly said: Predictions; readonly saidNow: Predictions | undefined }> {
  try {
    const restored = decodeArtifact(artifact, model)
    const said = await restored.predict(features)
    const isOwn = restored.predictNow !== FittedPipeline.prototype.predictNow
    if (!isOwn || !restored.predictsNow) return { said, saidNow: undefined }
    const block = new RowReader(restored.featureSchema).read(toRows(features))
    return { said, saidNow: block && restored.predictNow(block) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const what = cause instanceof ArtifactError ? 'cannot be restored' : 'cannot predict once it is restored'
    throw new ModelUnusableError(`the fitted model ${what}: ${reason}`, { cause })
  }
}

function refuseRows(label: string, rows: number, of: number, what: string): void {
  if (rows === 0) return
  throw new ModelUnusableError(
    `${what} of ${JSON.stringify(label)} are no finite numbers in ${rows} of the ${of} rows that the model was trained on: ` +
      'the fit went beyond what numbers hold. Look for extreme values in columns, labels and parameters',
  )
}

/** The first difference in words, without values of rows; undefined where the two agree. */
export function differenceOf(fitted: Predictions, restored: Predictions): string | undefined {
  const { columns } = fitted.labels
  if (columns.length !== restored.labels.columns.length) return 'another number of columns'
  for (const [c, column] of columns.entries()) {
    const other = restored.labels.columns[c] as typeof column
    const place = `column ${JSON.stringify(column.name)}`
    if (other.name !== column.name || other.kind !== column.kind) return `${place} comes back as another`
    if (column.kind === 'numeric' && other.kind === 'numeric') {
      if (!agree(column.values, other.values)) return place
    } else {
      for (let row = 0; row < fitted.labels.rowCount; row++) {
        if (valueAt(column, row) !== valueAt(other, row)) return place
      }
    }
  }
  const [before, after] = [fitted.probabilities, restored.probabilities]
  const odd = before.find(({ values }, i) => !agree(values, after[i]?.values ?? new Float64Array()))
  return odd && `the probabilities of ${JSON.stringify(odd.name)}`
}

function agree(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  const largest = a.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0)
  return a.every(
    (value, i) => Object.is(value, b[i]) || value === b[i] || Math.abs(value - (b[i] as number)) <= TOLERANCE * largest,
  )
}
