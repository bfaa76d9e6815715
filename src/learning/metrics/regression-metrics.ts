// All metrics of a regression, by scikit-learn's names.
import { explainedVariance } from './explained-variance.ts'
import { meanAbsoluteError } from './mean-absolute-error.ts'
import { medianAbsoluteError } from './median-absolute-error.ts'
import { r2 } from './r2.ts'
import { rootMeanSquaredError } from './root-mean-squared-error.ts'

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
  const metrics = new Map<string, number>()
  for (const [name, metric] of Object.entries({
    r2,
    mean_absolute_error: meanAbsoluteError,
    root_mean_squared_error: rootMeanSquaredError,
    median_absolute_error: medianAbsoluteError,
    explained_variance: explainedVariance,
  })) {
    const value = metric(trueValues, predicted, sampleWeight)
    if (Number.isFinite(value)) metrics.set(name, value)
  }
  return metrics
}
