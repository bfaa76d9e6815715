// Fair coins.
import { incompleteBeta } from './incomplete-beta.ts'

/** How likely `n` fair coins fall at least as unevenly as `hits` of them one way. 1 where n is 0. O(1). */
export function fairCoinTwoSided(hits: number, n: number): number {
  const fewer = Math.min(hits, n - hits)
  // P(X ≤ fewer) is the regularized incomplete beta at one half.
  return 2 * fewer >= n ? 1 : Math.min(1, 2 * incompleteBeta(0.5, 0.5, n - fewer, fewer + 1))
}
