// Where the bins of one numeric column lie.
import { sortValues } from './sort-values.ts'

/** Thresholds are kept below this, so that infinity is free to mean "all values, but not the missing". */
const ALMOST_INFINITE = 1e300

/**
 * The ascending thresholds between at most `maxBins` bins: a value x lies in the bin numbered by the thresholds below
 * x, so that x ≤ thresholds[b] means bin b or lower. Few distinct values give the midpoints between them, many give
 * quantiles (averaged inverted distribution function), as scikit-learn's _find_binning_thresholds.
 *
 * values  the values of some rows, NaN where missing; sorted in place
 * weight  of those rows, in the order of values before they are sorted; absent means 1 for all
 * O(n log n) at most for n values; 12 bytes a value, 24 with weights.
 */
export function findThresholds(values: Float64Array, maxBins: number, weight?: Float64Array): Float64Array {
  const unsorted = weight && values.slice()
  sortValues(values)
  // NaN sorts behind all numbers.
  let count = values.length
  while (count > 0 && Number.isNaN(values[count - 1])) count--
  const sorted = values.subarray(0, count)
  const distinct = distinctUpTo(sorted, maxBins)
  if (distinct !== undefined) return midpoints(distinct)
  const quantiles =
    unsorted && weight ? weightedQuantiles(sorted, unsorted, weight, maxBins) : plainQuantiles(sorted, maxBins)
  const thresholds = quantiles.filter((value, i) => i === 0 || value !== quantiles[i - 1])
  return thresholds.map((value) => Math.min(value, ALMOST_INFINITE))
}

/** The distinct values, or undefined when there are more than `most`. */
function distinctUpTo(sorted: Float64Array, most: number): number[] | undefined {
  const distinct: number[] = []
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i] as number
    if (i > 0 && value === sorted[i - 1]) continue
    if (distinct.length === most) return undefined
    distinct.push(value)
  }
  return distinct
}

function midpoints(distinct: readonly number[]): Float64Array {
  const thresholds = new Float64Array(Math.max(0, distinct.length - 1))
  for (let i = 0; i < thresholds.length; i++) {
    const [low, high] = [distinct[i] as number, distinct[i + 1] as number]
    const sum = low + high
    const middle = Number.isFinite(sum) ? sum / 2 : low / 2 + high / 2
    // Neighbouring floats have no middle: the lower one then parts them.
    thresholds[i] = middle < high ? middle : low
  }
  return thresholds
}

function plainQuantiles(sorted: Float64Array, bins: number): Float64Array {
  const n = sorted.length
  return Float64Array.from({ length: bins - 1 }, (_, i) => {
    const position = (n * (i + 1)) / bins
    const index = Math.ceil(position) - 1
    const value = sorted[index] as number
    return position === index + 1 ? average(value, sorted[Math.min(index + 1, n - 1)] as number) : value
  })
}

function weightedQuantiles(
  sorted: Float64Array,
  values: Float64Array,
  weight: Float64Array,
  bins: number,
): Float64Array {
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
  const cumulated = new Float64Array(distinct.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    const at = lowerBound(distinct, value)
    cumulated[at] = (cumulated[at] as number) + (weight[i] as number)
  }
  for (let k = 1; k < cumulated.length; k++) cumulated[k] = (cumulated[k] as number) + (cumulated[k - 1] as number)
  const total = cumulated[cumulated.length - 1] as number
  return Float64Array.from({ length: bins - 1 }, (_, i) => {
    const mass = (total * (i + 1)) / bins
    const at = Math.min(lowerBound(cumulated, mass), distinct.length - 1)
    const value = distinct[at] as number
    return cumulated[at] === mass ? average(value, distinct[Math.min(at + 1, distinct.length - 1)] as number) : value
  })
}

function average(a: number, b: number): number {
  return a / 2 + b / 2
}

/** The number of sorted values below x. O(log n). */
export function lowerBound(sorted: Float64Array, x: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < x) low = middle + 1
    else high = middle
  }
  return low
}
