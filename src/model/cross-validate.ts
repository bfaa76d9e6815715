// Cross-validation of a pipeline: it is fitted on the training rows of each split and judged on the others.
import type { Split } from '../learning/stratified-split.ts'
import type { Warning } from '../learning/warnings.ts'
import { evaluate, evaluatePredictions } from './evaluate.ts'
import type { FittedPipeline, Predictions, PredictOptions } from './fitted-pipeline.ts'
import { givesLists } from './listed-rows.ts'
import type { Metrics } from './model.ts'
import { type FoldPredictions, OutOfFoldRows } from './out-of-fold-rows.ts'
import type { Pipeline, PipelineContext } from './pipeline.ts'
import { type Table, takeRows } from './table.ts'

/** Rows with their labels, and how much each counts. */
export interface WeighedRows {
  readonly features: Table
  readonly labels: Table
  /** One weight per row, 0 or more; absent means 1 for all. */
  readonly sampleWeight?: Float64Array
}

/** What came of one split. */
export interface Fold {
  /** `evaluate`'s, of the validation rows. */
  readonly metrics: Metrics
  readonly fitSeconds: number
  readonly trainingRows: number
  readonly validationRows: number
}

export interface CrossValidation {
  /** In the order of the splits; fewer where onFold ended it. */
  readonly folds: readonly Fold[]
  /** One per label column, where they were asked for. */
  readonly predictions: readonly FoldPredictions[]
  /** Each code once for a column, however many folds warned. */
  readonly warnings: readonly Warning[]
}

export interface CrossValidationOptions {
  /** Its `report` hears of splits that are done; its onWarning and sampleWeight are not used. */
  readonly context: PipelineContext
  /** Hears of each fold as it ends; false ends the cross-validation. */
  readonly onFold?: (fold: Fold, index: number) => boolean | undefined
  /** Whether the predictions of validation rows are kept. Default false. */
  readonly withPredictions?: boolean
}

/**
 * Fits a new pipeline for each split and judges it on the split's validation rows. A class that the training rows of a
 * split do not have is never predicted by it: it has probability 0 in the predictions, and the split has no log_loss and
 * no roc_auc if validation rows are of that class. The cost is that of the fits.
 *
 * makePipeline   gives an unfitted pipeline for each split
 * splits         indices of the rows
 * Throws what fit throws, FitStopped when the stop flag is set.
 */
export async function crossValidate(
  makePipeline: () => Pipeline,
  rows: WeighedRows,
  splits: readonly Split[],
  { context, onFold, withPredictions = false }: CrossValidationOptions,
): Promise<CrossValidation> {
  const { team, stop } = context
  const folds: Fold[] = []
  const warnings = new Map<string, Warning>()
  const onWarning = (warning: Warning): void => {
    const key = JSON.stringify([warning.code, warning.column])
    if (!warnings.has(key)) warnings.set(key, warning)
  }
  const kept = withPredictions ? new OutOfFoldRows(rows.labels) : undefined
  for (const [index, { training, validation }] of splits.entries()) {
    stop.throwIfSet()
    context.report(index, splits.length, `fold ${index + 1} of ${splits.length}`)
    const startedAt = performance.now()
    const { features, labels, sampleWeight } = takeWeighed(rows, training)
    const weighed = sampleWeight === undefined ? {} : { sampleWeight }
    const surroundings = { team, stop, seed: context.seed, warn: context.warn, report: () => {}, onWarning }
    const fitted = await makePipeline().fit(features, labels, { ...surroundings, ...weighed })
    const fitSeconds = (performance.now() - startedAt) / 1000
    const judged = takeWeighed(rows, validation)
    const metrics = await judge(fitted, judged, { team, stop }, (predictions) => kept?.add(predictions, validation))
    const fold = { metrics, fitSeconds, trainingRows: training.length, validationRows: validation.length }
    folds.push(fold)
    if (onFold?.(fold, index) === false) break
  }
  context.report(splits.length, splits.length, 'cross-validated')
  return { folds, predictions: kept?.predictions() ?? [], warnings: [...warnings.values()] }
}

/** hear: gets the predictions of the rows; of recommenders there are none, their lists being of users. */
async function judge(
  fitted: FittedPipeline,
  { features, labels, sampleWeight }: WeighedRows,
  options: PredictOptions,
  hear: (predictions: Predictions) => void,
): Promise<Metrics> {
  const weighed = sampleWeight === undefined ? {} : { sampleWeight }
  if (givesLists(fitted)) {
    return evaluate(fitted, features, labels, { ...options, ...weighed })
  }
  const predictions = await fitted.predict(features, options)
  hear(predictions)
  return evaluatePredictions(fitted, predictions, labels, sampleWeight)
}

/** The rows with the given indices, in their order. */
export function takeWeighed({ features, labels, sampleWeight }: WeighedRows, rows: Int32Array): WeighedRows {
  const weighed =
    sampleWeight === undefined ? {} : { sampleWeight: Float64Array.from(rows, (row) => sampleWeight[row] as number) }
  return { features: takeRows(features, rows), labels: takeRows(labels, rows), ...weighed }
}
