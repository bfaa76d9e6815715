// The chi-square statistic where cells expect few rows: how often rows that are divided at random reach it.
import { Random } from '../../learning/random.ts'
import { totalOf } from './chi-square-test.ts'
import { drawHypergeometric } from './hypergeometric.ts'
import { drawMeanSquare } from './mean-square.ts'
import type { Overdispersion } from './overdispersion.ts'

/** After so many divisions that reach the statistic, p is known well enough (Besag and Clifford 1991). */
const REACHED_MAX = 10
/** Divisions at the most. */
export const DIVISIONS_MAX = 100_000
const SEED = 20_261
/** Sums are made in another order than the statistic: equal values may differ in their last digits. */
const ROUNDING = 1e-9

export interface PermutationTest {
  /** Never 0: (reached + 1) / (divisions + 1) at the most. */
  readonly pValue: number
  readonly divisions: number
}

/**
 * p of the two-sample chi-square statistic, given all that both samples hold together: rows are divided at random into
 * samples of the same sizes, in the space of counts (multivariate hypergeometric). The sequential test of Besag and
 * Clifford (1991): it stops early where p is large, and P(p ≤ α) ≤ α whatever it does. The same counts give the same
 * p, in either order. With an overdispersion each division is compared as F compares a chi-square with its estimate.
 *
 * divisionsMax  bounds the work; p is at least 1 / (divisionsMax + 1)
 *
 * O(divisions · cells · standard deviation of a count).
 */
export function permutationTest(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  statistic: number,
  divisionsMax: number,
  overdispersion?: Overdispersion,
): PermutationTest {
  const [n, m] = [totalOf(reference), totalOf(current)]
  const drawn = Math.min(n, m)
  // Rare cells first: the last one, which needs no draw, is the largest.
  const totals = Array.from(reference, (count, cell) => count + (current[cell] as number))
    .filter((total) => total > 0)
    .sort((a, b) => a - b)
  const scale = (n + m) ** 2 / (n * m)
  const { factor, df: known } = overdispersion ?? { factor: 1, df: Number.POSITIVE_INFINITY }
  const isEstimated = Number.isFinite(known)
  const least = (statistic / factor) * (1 - ROUNDING)
  const random = new Random(SEED)
  let reached = 0
  let divisions = 0
  while (divisions < divisionsMax && reached < REACHED_MAX) {
    divisions += 1
    const unit = isEstimated ? drawMeanSquare(random, known) : 1
    if (scale * divide(random, totals, n + m, drawn) >= least * unit) reached += 1
  }
  // Stopped at a hit, the last division counts; else p allows for one more.
  const pValue = reached === REACHED_MAX ? reached / divisions : (reached + 1) / (divisions + 1)
  return { pValue, divisions }
}

/** Σ (count − expected)² / total of one division. */
function divide(random: Random, totals: readonly number[], rowCount: number, drawn: number): number {
  let [rowsLeft, drawsLeft] = [rowCount, drawn]
  let sum = 0
  for (const total of totals) {
    rowsLeft -= total
    const count = drawHypergeometric(random, total, rowsLeft, drawsLeft)
    drawsLeft -= count
    sum += (count - (total * drawn) / rowCount) ** 2 / total
  }
  return sum
}
