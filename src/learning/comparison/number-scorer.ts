// The metrics of a regression for many resamples of its rows.
import { explainedFraction } from '../metrics/explained-fraction.ts'
import { mean } from '../metrics/moments.ts'
import { weightedMean } from './class-scorer.ts'
import { type Scorer, ValueOrder } from './scorer.ts'

const NAMES = [
  'r2',
  'mean_absolute_error',
  'root_mean_squared_error',
  'median_absolute_error',
  'explained_variance',
] as const

/**
 * The metrics of regressionMetrics.
 *
 * trueValues  one finite value a row
 * errors      true less predicted, one a row
 */
export function numberScorer(trueValues: Float64Array, errors: Float64Array): Scorer {
  const squares = errors.map((error) => error * error)
  const absolute = errors.map(Math.abs)
  // Around their mean, the squares of large values do not drown what they differ by.
  const spreadOf = centered(trueValues)
  const errorSpreadOf = centered(errors)
  const order = new ValueOrder(absolute)
  return {
    names: NAMES,
    passes: 7,
    score(weights, into) {
      const square = weightedMean(squares, weights)
      const spread = spreadOf(weights)
      into[0] = explainedFraction(square, spread)
      into[1] = weightedMean(absolute, weights)
      into[2] = Math.sqrt(square)
      into[3] = weightedMedian(absolute, order, weights)
      into[4] = explainedFraction(errorSpreadOf(weights), spread)
    },
  }
}

/** The variance of the values under weights. */
function centered(values: Float64Array): (weights: Float64Array) => number {
  const center = mean(values)
  const off = values.map((value) => value - center)
  const squares = off.map((value) => value * value)
  return (weights) => Math.max(0, weightedMean(squares, weights) - weightedMean(off, weights) ** 2)
}

/** The averaged inverse of the distribution function (Hyndman and Fan 1996, definition 2). O(n). */
function weightedMedian(values: Float64Array, { rows }: ValueOrder, weights: Float64Array): number {
  let total = 0
  for (const weight of weights) total += weight
  let below = 0
  let exact: number | undefined
  for (const row of rows) {
    const weight = weights[row] as number
    if (weight === 0) continue
    const value = values[row] as number
    if (exact !== undefined) return (exact + value) / 2
    below += weight
    if (2 * below > total) return value
    if (2 * below === total) exact = value
  }
  return exact ?? Number.NaN
}
