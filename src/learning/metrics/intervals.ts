// How far metrics of some rows may be from those of all rows of their kind: intervals that hold in 95 of 100 cases.
import { mean, variance } from './moments.ts'

export interface Interval {
  readonly from: number
  readonly to: number
}

/** The 97.5 % point of the normal distribution. */
const Z = 1.959963984540054
/** With fewer rows the normal distribution says nothing. */
const ROWS_MIN = 20

/** Of a share of n rows, such as accuracy: Wilson's score interval (1927), as scipy.stats.binomtest's with "wilson". */
export function shareInterval(share: number, n: number): Interval | undefined {
  if (!(n > 0) || !(share >= 0 && share <= 1)) return undefined
  const z2 = Z * Z
  const center = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = (Z / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  return { from: Math.max(0, center - half), to: Math.min(1, center + half) }
}

/**
 * Of the metrics of a regression by their names: r2, root_mean_squared_error, mean_absolute_error. Normal intervals,
 * whose standard errors are those of the metrics' influence functions (the infinitesimal jackknife, Efron 1982): what a
 * bootstrap of the rows comes to. Undefined with fewer than 20 rows. O(n).
 */
export function regressionIntervals(
  actual: Float64Array,
  predicted: Float64Array,
): ReadonlyMap<string, Interval> | undefined {
  if (actual.length < ROWS_MIN) return undefined
  const errors = actual.map((value, i) => value - (predicted[i] as number))
  const squares = errors.map((error) => error * error)
  const mse = mean(squares)
  const absolute = errors.map(Math.abs)
  const intervals = new Map<string, Interval>()
  const add = (name: string, from: number, to: number): void => {
    if (Number.isFinite(from) && Number.isFinite(to)) intervals.set(name, { from, to })
  }
  const center = mean(actual)
  const spread = variance(actual)
  if (spread > 0) {
    const left = mse / spread
    const half =
      Z * standardError(squares.map((square, i) => (square - left * ((actual[i] as number) - center) ** 2) / spread))
    add('r2', 1 - left - half, Math.min(1, 1 - left + half))
  }
  const half = Z * standardError(squares)
  add('root_mean_squared_error', Math.sqrt(Math.max(0, mse - half)), Math.sqrt(mse + half))
  const mae = mean(absolute)
  const halfAbsolute = Z * standardError(absolute)
  add('mean_absolute_error', Math.max(0, mae - halfAbsolute), mae + halfAbsolute)
  return intervals
}

/** Of the mean. */
function standardError(values: Float64Array): number {
  return Math.sqrt(variance(values) / (values.length - 1))
}
