// Means with their variance, out of sums.

/** A mean of rows and the variance of one row. */
export interface Moments {
  readonly count: number
  readonly mean: number
  /** Above 0. */
  readonly variance: number
}

/** A variance below this part of the mean square is rounding, not spread. */
const VARIANCE_PART_MIN = 1e-12

/**
 * Out of the count, the sum and the sum of squares; the variance with n − 1. undefined with fewer than two rows, without any
 * spread, and where the sums are no finite numbers: then nothing can be said of the precision of the mean. O(1).
 */
export function momentsOf(count: number, sum: number, squares: number): Moments | undefined {
  if (!(count >= 2)) return undefined
  const mean = sum / count
  const variance = (squares - sum * mean) / (count - 1)
  if (!Number.isFinite(mean) || !Number.isFinite(variance)) return undefined
  return variance > VARIANCE_PART_MIN * (squares / count) ? { count, mean, variance } : undefined
}
