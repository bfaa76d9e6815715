// What r2 and explained variance have in common.

/**
 * 1 − unexplained ÷ variance, both ≥ 0; where the variance is 0, 1 if nothing is unexplained, else 0. NaN stays NaN.
 * The variance of a constant target is exactly 0 here: scikit-learn's can be the rounding error of its mean.
 */
export function explainedFraction(unexplained: number, variance: number): number {
  if (Number.isNaN(unexplained + variance)) return Number.NaN
  if (unexplained === 0) return 1
  return variance === 0 ? 0 : 1 - unexplained / variance
}
