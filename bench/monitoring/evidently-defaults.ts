// What Evidently 0.7 decides by default of a column whose reference has more than 1,000 rows; written anew, not the package.
import { variance } from '../../src/learning/metrics/moments.ts'
import { wassersteinDistance } from '../../src/monitoring/statistics/kolmogorov-smirnov.ts'

const THRESHOLD = 0.1
const DEVIATION_MIN = 0.001

/** Both ascending. Wasserstein distance over the standard deviation of the reference. */
export function numbersDrift(reference: Float64Array, current: Float64Array): boolean {
  const deviation = Math.max(Math.sqrt(variance(reference)), DEVIATION_MIN)
  return wassersteinDistance(reference, current) / deviation >= THRESHOLD
}

/** Jensen–Shannon distance with the natural logarithm, by the counts of the levels. */
export function categoriesDrift(reference: readonly number[], current: readonly number[]): boolean {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
  const [n, m] = [total(reference), total(current)]
  const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log((2 * p) / (p + q)))
  const divergence = reference.reduce((sum, count, level) => {
    const [p, q] = [count / n, (current[level] as number) / m]
    return sum + (part(p, q) + part(q, p)) / 2
  }, 0)
  return Math.sqrt(Math.max(0, divergence)) >= THRESHOLD
}
