// How far predictions are from the truth, on average.
import { mean } from './moments.ts'

/** scikit-learn's mean_absolute_error, in the target's unit. NaN when no row has weight. O(rows). */
export function meanAbsoluteError(
  trueValues: Float64Array,
  predicted: Float64Array,
  sampleWeight?: Float64Array,
): number {
  return mean(
    trueValues.map((y, i) => Math.abs(y - (predicted[i] as number))),
    sampleWeight,
  )
}
