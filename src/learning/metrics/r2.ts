// The share of the target's spread that predictions account for.
import { explainedFraction } from './explained-fraction.ts'
import { mean, variance } from './moments.ts'

/**
 * scikit-learn's r2_score: 1 − Σ w (y − predicted)² ÷ Σ w (y − ȳ)². For a constant target 1 when every prediction is
 * right, else 0 (force_finite). NaN with fewer than two rows, or when none has weight. O(rows).
 */
export function r2(trueValues: Float64Array, predicted: Float64Array, sampleWeight?: Float64Array): number {
  if (trueValues.length < 2) return Number.NaN
  const squares = trueValues.map((y, i) => (y - (predicted[i] as number)) ** 2)
  return explainedFraction(mean(squares, sampleWeight), variance(trueValues, sampleWeight))
}
