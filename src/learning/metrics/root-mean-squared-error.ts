// How far predictions are from the truth, large errors weighing more.
import { mean } from './moments.ts'

/** scikit-learn's root_mean_squared_error, in the target's unit. NaN when no row has weight. O(rows). */
export function rootMeanSquaredError(
  trueValues: Float64Array,
  predicted: Float64Array,
  sampleWeight?: Float64Array,
): number {
  return Math.sqrt(
    mean(
      trueValues.map((y, i) => (y - (predicted[i] as number)) ** 2),
      sampleWeight,
    ),
  )
}
