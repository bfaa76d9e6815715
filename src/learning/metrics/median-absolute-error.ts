// How far the middle prediction is from the truth: large errors do not matter.
import { medianOf } from '../median.ts'
import { distinctAscending, placeOf } from './rank-by-value.ts'

/**
 * scikit-learn's median_absolute_error, in the target's unit. With weights it is the averaged inverse of their
 * distribution function (Hyndman and Fan 1996, definition 2), which for equal weights is the median.
 * NaN when no row has weight. O(n), with weights O(n log n).
 */
export function medianAbsoluteError(
  trueValues: Float64Array,
  predicted: Float64Array,
  sampleWeight?: Float64Array,
): number {
  const errors = trueValues.map((y, i) => Math.abs(y - (predicted[i] as number)))
  return sampleWeight === undefined ? medianOf(errors) : weightedMedian(errors, sampleWeight)
}

function weightedMedian(values: Float64Array, weights: Float64Array): number {
  const weighty = values.filter((_, i) => (weights[i] as number) > 0)
  if (weighty.length === 0) return Number.NaN
  const distinct = distinctAscending(weighty)
  const weightUpTo = new Float64Array(distinct.length)
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i] as number
    if (weight === 0) continue
    const place = placeOf(distinct, values[i] as number)
    weightUpTo[place] = (weightUpTo[place] as number) + weight
  }
  for (let v = 1; v < weightUpTo.length; v++) weightUpTo[v] = (weightUpTo[v] as number) + (weightUpTo[v - 1] as number)
  const half = (weightUpTo.at(-1) as number) / 2
  const v = placeOf(weightUpTo, half)
  const value = distinct[v] as number
  // Half of the weight lies exactly at or below this value: the middle lies between it and the next.
  const isExact = (weightUpTo[v] as number) - half <= Number.EPSILON
  return isExact ? (value + (distinct[v + 1] ?? value)) / 2 : value
}
