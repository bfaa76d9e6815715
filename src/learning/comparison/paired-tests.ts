// Tests whether two answers to the same rows differ by more than chance; each gives a two-sided p-value.
import { fairCoinTwoSided } from '../distributions/fair-coin.ts'
import { normalTwoSided } from '../distributions/normal.ts'
import { studentTwoSided } from '../distributions/student.ts'
import { mean, variance } from '../metrics/moments.ts'

/** Differences up to so many, without ties, have their exact distribution. */
const EXACT_MAX = 50

/**
 * McNemar's exact test (1947): of the rows that only one of the two got right, is it always the same one?
 * onlyFirst, onlySecond: how many rows only the one was right about. 1 where there are none. O(1).
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  return fairCoinTwoSided(onlyFirst, onlyFirst + onlySecond)
}

/** Student's paired t test: is the mean difference 0? 1 where all are 0; NaN with fewer than two. O(n). */
export function pairedT(differences: Float64Array): number {
  const n = differences.length
  if (n < 2) return Number.NaN
  const center = mean(differences)
  if (center === 0) return 1
  return studentTwoSided(center / Math.sqrt(variance(differences) / (n - 1)), n - 1)
}

/**
 * Wilcoxon's signed-rank test (1945), as scipy.stats.wilcoxon has it by default: differences of 0 are left out; exact up
 * to 50 of them without ties or zeros, else by the normal distribution, corrected for ties and not for continuity.
 * 1 where all are 0. O(n log n).
 */
export function wilcoxonSignedRank(differences: Float64Array): number {
  const given = differences.filter((difference) => difference !== 0)
  const n = given.length
  if (n === 0) return 1
  const order = Float64Array.from(given, Math.abs).sort()
  const rankOf = new Map<number, number>()
  let tied = 0
  for (let start = 0; start < n; ) {
    let end = start + 1
    while (end < n && order[end] === order[start]) end++
    rankOf.set(order[start] as number, (start + 1 + end) / 2)
    tied += (end - start) ** 3 - (end - start)
    start = end
  }
  let positive = 0
  for (const difference of given) if (difference > 0) positive += rankOf.get(difference) as number
  const total = (n * (n + 1)) / 2
  const smaller = Math.min(positive, total - positive)
  if (n <= EXACT_MAX && tied === 0 && n === differences.length) return exactSignedRank(smaller, n)
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1) - tied / 2) / 24)
  return normalTwoSided((smaller - total / 2) / deviation)
}

/** Twice the share of the 2^n choices of signs whose positive ranks sum to at most `smaller`. O(n · smaller). */
function exactSignedRank(smaller: number, n: number): number {
  const ways = new Float64Array(smaller + 1)
  ways[0] = 1
  for (let rank = 1; rank <= n; rank++) {
    for (let total = smaller; total >= rank; total--) ways[total]! += ways[total - rank] as number
  }
  return Math.min(1, (2 * ways.reduce((total, count) => total + count, 0)) / 2 ** n)
}

/**
 * p-values of several tests, so that the chance of one wrong finding among all is at most that of one test (Holm 1979).
 * NaN stays, and does not count. In the order given. O(n log n).
 */
export function holm(pValues: readonly number[]): number[] {
  const known = pValues.flatMap((p, i) => (Number.isNaN(p) ? [] : [i]))
  known.sort((a, b) => (pValues[a] as number) - (pValues[b] as number))
  const adjusted = pValues.map(() => Number.NaN)
  let largest = 0
  known.forEach((i, place) => {
    largest = Math.max(largest, Math.min(1, (known.length - place) * (pValues[i] as number)))
    adjusted[i] = largest
  })
  return adjusted
}
