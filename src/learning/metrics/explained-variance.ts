// The share of the target's variance that predictions account for, whatever they are off by on average.
import { explainedFraction } from './explained-fraction.ts'
import { variance } from './moments.ts'

/**
 * scikit-learn's explained_variance_score: 1 − var(y − predicted) ÷ var(y). For a constant target 1 when all errors are
 * equal, else 0 (force_finite). NaN when no row has weight. O(rows).
 */
export function explainedVariance(
  trueValues: Float64Array,
  predicted: Float64Array,
  sampleWeight?: Float64Array,
): number {
  const errors = trueValues.map((y, i) => y - (predicted[i] as number))
  return explainedFraction(variance(errors, sampleWeight), variance(trueValues, sampleWeight))
}
