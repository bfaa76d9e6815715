// How a regressor's estimates compare with the values that are known.
import { mean, variance } from '../learning/metrics/moments.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import { histogramOf } from './describe-features.ts'
import type { RegressorReport } from './label-report.ts'
import { LIMITS } from './limits.ts'
import { rounded } from './texts.ts'

/** Enough to tell residuals that are a millionth of the values. */
const DIGITS = 9

/** Predicted against actual, for some rows. */
export function scatterOf(actual: Float64Array, predicted: Float64Array, seed: number): RegressorReport['scatter'] {
  const rows = spreadRows(actual.length, LIMITS.scatter, seed)
  const take = (values: Float64Array): number[] =>
    Array.from(rows, (row) => Number((values[row] as number).toPrecision(DIGITS)))
  return { actual: take(actual), predicted: take(predicted) }
}

/** Actual less predicted, of all rows. Null where a difference is no number. O(rows log rows). */
export function residualsOf(actual: Float64Array, predicted: Float64Array): RegressorReport['residuals'] {
  const residuals = actual.map((value, i) => value - (predicted[i] as number))
  const histogram = residuals.every(Number.isFinite) ? histogramOf(residuals) : null
  if (histogram === null) return null
  return {
    histogram,
    mean: rounded(mean(residuals)),
    deviation: rounded(Math.sqrt(variance(residuals))),
    median: rounded(residuals.toSorted()[residuals.length >>> 1] as number),
  }
}
