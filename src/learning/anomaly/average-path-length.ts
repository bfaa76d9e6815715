// How deep a row lies in an isolation tree when nothing is known of it.

const EULER_GAMMA = 0.5772156649015329

/**
 * c(n) of Liu, Ting and Zhou 2008 ("Isolation forest"), as scikit-learn computes it: the mean depth at which an
 * unsuccessful search in a binary search tree of n values ends. 0 for one row, 1 for two.
 */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0
  if (n === 2) return 1
  return 2 * (Math.log(n - 1) + EULER_GAMMA) - (2 * (n - 1)) / n
}
