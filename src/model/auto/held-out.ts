// Predictions of rows that candidates were not fitted on, and how good they are by one metric.
import { firstMaxima } from '../../learning/first-maxima.ts'
import { classificationMetrics } from '../../learning/metrics/classification-metrics.ts'
import { logLoss } from '../../learning/metrics/log-loss.ts'
import { r2 } from '../../learning/metrics/r2.ts'
import { regressionMetrics } from '../../learning/metrics/regression-metrics.ts'
import type { FoldPredictions } from '../out-of-fold-rows.ts'
import { goodness } from '../scoring.ts'
import { asCategorical, type Table } from '../table.ts'

/** Of one label column of the rows that were held out: per row a number, or a probability for each class. */
export type HeldOutValues = Float64Array

/** What one label column really is, in the rows that were held out. */
export type Truth =
  | { readonly kind: 'regressor'; readonly values: Float64Array }
  | { readonly kind: 'classifier'; readonly codes: Int32Array; readonly classNames: readonly string[] }

/** The labels of the rows with these indices, in their order. */
export function truthOf(kind: Truth['kind'], labels: Table, rows: Int32Array): Truth[] {
  return labels.columns.map((column): Truth => {
    if (kind === 'regressor') {
      const values = column.kind === 'numeric' ? column.values : new Float64Array(labels.rowCount)
      return { kind, values: Float64Array.from(rows, (row) => values[row] as number) }
    }
    const { codes, levels } = asCategorical(column)
    return { kind, codes: rows.map((row) => codes[row] as number), classNames: levels.map(String) }
  })
}

/** The predictions of the rows with these indices, in their order. */
export function heldOutValues(predictions: FoldPredictions, rows: Int32Array): HeldOutValues {
  const width = predictions.kind === 'classifier' ? predictions.levels.length : 1
  const all = predictions.kind === 'classifier' ? predictions.probabilities : predictions.values
  const values = new Float64Array(rows.length * width)
  rows.forEach((row, i) => {
    for (let c = 0; c < width; c++) values[i * width + c] = all[row * width + c] as number
  })
  return values
}

/**
 * How good the predictions are, the larger the better: the metric itself, or its negative where smaller values are
 * better. NaN where the metric is undefined. O(rows × classes × log rows).
 */
export function goodnessOf(metric: string, truth: Truth, predicted: HeldOutValues, weight?: Float64Array): number {
  return goodness(metric, metricOf(metric, truth, predicted, weight))
}

function metricOf(metric: string, truth: Truth, predicted: HeldOutValues, weight?: Float64Array): number {
  if (truth.kind === 'regressor') {
    if (metric === 'r2') return r2(truth.values, predicted, weight)
    return regressionMetrics(truth.values, predicted, weight).get(metric) ?? Number.NaN
  }
  const { codes: trueCodes, classNames } = truth
  if (metric === 'log_loss') return logLoss(trueCodes, predicted, classNames.length, weight)
  const predictedCodes = new Int32Array(trueCodes.length)
  firstMaxima(predicted, classNames.length, predictedCodes)
  const weighed = weight === undefined ? {} : { sampleWeight: weight }
  const result = { trueCodes, predictedCodes, classNames, probabilities: predicted, ...weighed }
  return classificationMetrics(result).get(metric) ?? Number.NaN
}
