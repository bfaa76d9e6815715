// Confidence sequences of means: bounds that hold at any look once there are enough rows for the normal approximation.

/** An estimate and what is known of its precision. */
export interface Estimate {
  readonly value: number
  /** The standard error of the value, above 0. */
  readonly standardError: number
  /** Rows: pairs, or those of both arms. */
  readonly rows: number
}

/**
 * How far the two-sided sequence reaches from the value: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, "Time-uniform
 * central limit theory and asymptotic confidence sequences", theorem 2.2. O(1).
 *
 * alpha       above 0, below 1
 * sharpestAt  N*, the number of rows at which it is narrowest; fixed before the first look
 */
export function twoSidedHalfWidth(estimate: Estimate, alpha: number, sharpestAt: number): number {
  const { standardError, rows } = estimate
  const information = rows * mixingVariance(alpha, sharpestAt)
  return standardError * Math.sqrt((1 + 1 / information) * (Math.log1p(information) + 2 * Math.log(1 / alpha)))
}

/**
 * ln E against "the mean is 0", two-sided: the normal mixture that the half width is the inverse of. E ≥ 1/α where, and only
 * where, the interval does not hold 0. O(1).
 */
export function twoSidedLnE({ value, standardError, rows }: Estimate, alpha: number, sharpestAt: number): number {
  const information = rows * mixingVariance(alpha, sharpestAt)
  const z = value / standardError
  return (z * z * information) / (2 * (information + 1)) - Math.log1p(information) / 2
}

/**
 * One-sided bounds: the lower one is the value less the half width, the upper one the value **plus** it (theorem 2.2's one-sided
 * form). Each of the two holds with a probability of 1 − α; both at once do not. O(1).
 */
export function oneSidedBounds(
  estimate: Estimate,
  alpha: number,
  sharpestAt: number,
): { readonly lower: number; readonly upper: number } {
  const { value, standardError, rows } = estimate
  const information = rows * mixingVariance(Math.min(2 * alpha, 0.999), sharpestAt)
  const spread = Math.log1p(Math.sqrt(information + 1) / (2 * alpha))
  const half = standardError * Math.sqrt(2 * (1 + 1 / information) * spread)
  return { lower: value - half, upper: value + half }
}

/** ρ²: the variance of the mixture that makes the sequence narrowest at so many rows. */
function mixingVariance(alpha: number, sharpestAt: number): number {
  const twice = 2 * Math.log(1 / alpha)
  return (twice + Math.log1p(twice)) / sharpestAt
}
