// Two samples of numbers: the Kolmogorov–Smirnov test and the Wasserstein distance.
import { smirnovTail } from '../../learning/distributions/kolmogorov.ts'
import { variance } from '../../learning/metrics/moments.ts'

export interface KolmogorovSmirnov {
  /** The largest difference of the two distribution functions. */
  readonly statistic: number
  readonly pValue: number
  /** exact: over all orders of the values; asymptotic: as of one sample of n·m/(n + m) values. */
  readonly method: 'exact' | 'asymptotic'
}

/** Steps of the exact p-value: n · m at the most. Some ten milliseconds. */
const EXACT_STEPS_MAX = 4_000_000

/**
 * As scipy.stats.ks_2samp, which is exact up to 10,000 values a side; here up to n · m of 4 million. Ties make the exact
 * p-value too large, never too small.
 *
 * reference, current  ascending, no NaN, neither empty
 *
 * O(n + m), exact O(n · m).
 */
export function kolmogorovSmirnov(reference: Float64Array, current: Float64Array): KolmogorovSmirnov {
  const [n, m] = [reference.length, current.length]
  // In units of 1 / (n · m), so that ties of distances are no question of rounding.
  let [i, j, largest] = [0, 0, 0]
  while (i < n && j < m) {
    const value = Math.min(reference[i] as number, current[j] as number)
    while (i < n && (reference[i] as number) === value) i++
    while (j < m && (current[j] as number) === value) j++
    largest = Math.max(largest, Math.abs(i * m - j * n))
  }
  const statistic = largest / (n * m)
  if (n * m <= EXACT_STEPS_MAX) return { statistic, pValue: exactTail(n, m, largest), method: 'exact' }
  return { statistic, pValue: smirnovTail(statistic, Math.round((n * m) / (n + m))), method: 'asymptotic' }
}

/** The share of the paths from (0, 0) to (n, m) that reach |i m − j n| ≥ largest (Hodges 1958). All terms are positive. */
function exactTail(n: number, m: number, largest: number): number {
  if (largest === 0) return 1
  const reaches = new Float64Array(m + 1)
  for (let j = 0; j <= m; j++) reaches[j] = j * n >= largest ? 1 : 0
  for (let i = 1; i <= n; i++) {
    if (i * m >= largest) reaches[0] = 1
    for (let j = 1; j <= m; j++) {
      const isReached = Math.abs(i * m - j * n) >= largest
      reaches[j] = isReached ? 1 : (i * (reaches[j] as number) + j * (reaches[j - 1] as number)) / (i + j)
    }
  }
  return reaches[m] as number
}

/**
 * The first Wasserstein distance: how far values have to be moved in the mean, ∫ |F − G|. In units of the values; as
 * scipy.stats.wasserstein_distance. Both ascending, no NaN, neither empty. O(n + m).
 */
export function wassersteinDistance(reference: Float64Array, current: Float64Array): number {
  const [n, m] = [reference.length, current.length]
  let [i, j, total] = [0, 0, 0]
  let before = Math.min(reference[0] as number, current[0] as number)
  while (i < n || j < m) {
    const value = Math.min(reference[i] ?? Number.POSITIVE_INFINITY, current[j] ?? Number.POSITIVE_INFINITY)
    total += Math.abs(i / n - j / m) * (value - before)
    before = value
    while (i < n && (reference[i] as number) === value) i++
    while (j < m && (current[j] as number) === value) j++
  }
  return total
}

/** The same in standard deviations of the reference; undefined where the reference is constant. */
export function wassersteinInDeviations(reference: Float64Array, current: Float64Array): number | undefined {
  const deviation = Math.sqrt(variance(reference))
  return deviation === 0 ? undefined : wassersteinDistance(reference, current) / deviation
}
