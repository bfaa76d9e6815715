// All metrics of a regression, by scikit-learn's names.
import { explainedVariance } from './explained-variance.ts'
import { meanAbsoluteError } from './mean-absolute-error.ts'
import { medianAbsoluteError } from './median-absolute-error.ts'
import { r2 } from './r2.ts'
import { rootMeanSquaredError } from './root-mean-squared-error.ts'
import { squaresUnit } from './squares-unit.ts'

/**
 * r2, mean_absolute_error, root_mean_squared_error, median_absolute_error and explained_variance.
 * What is undefined (r2 of one row, all of no rows) or too large for a float64 is left out rather than NaN.
 *
 * trueValues, predicted  one finite value per row
 * sampleWeight           one weight ≥ 0 per row; absent means 1
 */
export function regressionMetrics(
  trueValues: Float64Array,
  predicted: Float64Array,
  sampleWeight?: Float64Array,
): Map<string, number> {
  const unit = squaresUnit(trueValues, predicted)
  const inUnit = (values: Float64Array): Float64Array => (unit === 1 ? values : values.map((value) => value / unit))
  const [actual, answered] = [inUnit(trueValues), inUnit(predicted)]
  const metrics = new Map<string, number>()
  for (const [name, metric, scale] of [
    ['r2', r2, 1],
    ['mean_absolute_error', meanAbsoluteError, unit],
    ['root_mean_squared_error', rootMeanSquaredError, unit],
    ['median_absolute_error', medianAbsoluteError, unit],
    ['explained_variance', explainedVariance, 1],
  ] as const) {
    const value = metric(actual, answered, sampleWeight) * scale
    if (Number.isFinite(value)) metrics.set(name, value)
  }
  return metrics
}
