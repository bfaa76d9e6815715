// What the folds of a cross-validation say of a metric: its mean, and how far that may be off.
import type { Interval } from './intervals.ts'
import { mean, sum } from './moments.ts'

export interface FoldSummary {
  readonly mean: number
  /** Standard deviation of the folds, with n − 1. */
  readonly deviation: number
  /** 95 %. */
  readonly interval: Interval
}

const LEVEL = 0.95
/** Halvings of a bracket: as many as a double has bits. */
const HALVINGS = 60
const QUANTILE_MAX = 1e6

/**
 * The interval is Student's t with the corrected variance of Nadeau and Bengio (2003, "Inference for the generalization
 * error"): folds share training rows, so the variance of their mean is (1 ÷ folds + validation rows ÷ training rows) ·
 * deviation², and not deviation² ÷ folds; for repeated folds as in Bouckaert and Frank (2004). O(folds).
 *
 * values      the metric of each fold, two or more
 * testShare   rows that a fold validates for each row that it trains on, the mean of the folds
 */
export function summarizeFolds(values: Float64Array, testShare: number): FoldSummary {
  const center = mean(values)
  const variance = sum(values.map((value) => (value - center) ** 2)) / (values.length - 1)
  const half = studentQuantile(values.length - 1) * Math.sqrt((1 / values.length + testShare) * variance)
  return { mean: center, deviation: Math.sqrt(variance), interval: { from: center - half, to: center + half } }
}

/** What |t| stays below in 95 of 100 cases, with that many degrees of freedom: 1 or more. By bisection; O(freedom). */
export function studentQuantile(freedom: number): number {
  let low = 0
  let high = QUANTILE_MAX
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2
    if (shareWithin(middle, freedom) < LEVEL) low = middle
    else high = middle
  }
  return high
}

/** The probability that |t| is at most that: finite sums (Abramowitz, Stegun 1964, 26.7.3 and 26.7.4). */
function shareWithin(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom))
  const squared = Math.cos(angle) ** 2
  const isOdd = freedom % 2 === 1
  let term = isOdd ? Math.cos(angle) : 1
  let total = freedom === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k < freedom - 1; k += 2) {
    term *= ((k - 1) / k) * squared
    total += term
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * total) : Math.sin(angle) * total
}
