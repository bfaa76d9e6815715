// The two-sample chi-square test of homogeneity on the counts of cells.
import { chiSquareTail } from '../../learning/distributions/chi-square.ts'

export interface ChiSquareTest {
  /** Σ (count − expected)² / expected over both samples, over the cells that one of them has. */
  readonly statistic: number
  /** Cells that one of the samples has, less one; 0 where a statistic says nothing. */
  readonly df: number
  readonly pValue: number
  /** The smallest count that is expected in such a cell, of either sample. */
  readonly expectedMin: number
}

/**
 * Pearson's test without a correction for continuity (scipy.stats.chi2_contingency, correction=False). p is 1 where one
 * cell has all, or where a sample is empty. O(cells).
 *
 * reference, current  counts of the same cells, whole numbers from 0 on
 */
export function chiSquareTest(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquareTest {
  const [n, m] = [totalOf(reference), totalOf(current)]
  if (n === 0 || m === 0) return { statistic: 0, df: 0, pValue: 1, expectedMin: 0 }
  let statistic = 0
  let df = -1
  let rarest = Number.POSITIVE_INFINITY
  for (let cell = 0; cell < reference.length; cell++) {
    const count = current[cell] as number
    const total = (reference[cell] as number) + count
    if (total === 0) continue
    df += 1
    rarest = Math.min(rarest, total)
    statistic += (count - (total * m) / (n + m)) ** 2 / total
  }
  statistic *= (n + m) ** 2 / (n * m)
  const pValue = df === 0 ? 1 : chiSquareTail(statistic, df)
  return { statistic, df, pValue, expectedMin: (rarest * Math.min(n, m)) / (n + m) }
}

export function totalOf(counts: ArrayLike<number>): number {
  let total = 0
  for (let cell = 0; cell < counts.length; cell++) total += counts[cell] as number
  return total
}
