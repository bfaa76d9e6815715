// The sequential binomial test: evidence against a share of successes that holds at any look, from counts alone.
import { logIncompleteBeta } from '../../learning/distributions/incomplete-beta.ts'
import { logGamma } from '../../learning/distributions/log-gamma.ts'

/** Events that qualify, such as failed requests, by whose they are. */
export interface BinomialCounts {
  readonly successes: number
  readonly failures: number
}

/** greater: only a share above θ0 counts as evidence. */
export type Side = 'two-sided' | 'greater'

const CONCENTRATION_MIN = 0.001

/**
 * The weight κ of the prior for which the test is sharpest after about `sharpestAt` events (Howard, Ramdas, McAuliffe and Sekhon
 * 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences", section 3.5).
 *
 * sharpestAt  events, above 0
 * alpha       above 0, below 1
 */
export function concentrationOf(sharpestAt: number, alpha: number, side: Side): number {
  const level = Math.min(side === 'greater' ? 2 * alpha : alpha, 0.999)
  const twice = 2 * Math.log(1 / level)
  return Math.max(CONCENTRATION_MIN, sharpestAt / (twice + Math.log(1 + twice)) - 1)
}

/**
 * ln E against "a success has the probability θ0": the beta-binomial mixture with the prior Beta(κθ0, κ(1 − θ0)), one-sided cut
 * off at θ0 (Robbins 1970; Howard and others 2021, propositions 7 and 8). 0 without events. It depends on totals only, so the order in
 * which events came does not matter. Finite for all counts up to 2^53. O(1); one-sided O(√events).
 *
 * nullShare      θ0, above 0, below 1
 * concentration  κ, above 0
 */
export function binomialLnE(
  { successes, failures }: BinomialCounts,
  nullShare: number,
  concentration: number,
  side: Side,
): number {
  if (successes + failures === 0) return 0
  const [a, b] = [concentration * nullShare, concentration * (1 - nullShare)]
  const [c, d] = [a + successes, b + failures]
  const likelihood = successes * Math.log(nullShare) + failures * Math.log1p(-nullShare)
  const twoSided = logBeta(c, d) - logBeta(a, b) - likelihood
  if (side === 'two-sided') return twoSided
  return twoSided + logUpperShare(nullShare, c, d) - logUpperShare(nullShare, a, b)
}

/** log B(a, b). */
function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/** The logarithm of the share of Beta(a, b) above x, as a tail: 1 less the rest has no digits where it is small. */
function logUpperShare(x: number, a: number, b: number): number {
  return logIncompleteBeta(1 - x, x, b, a)
}
