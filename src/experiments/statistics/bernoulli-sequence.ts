// The confidence sequence of a share.
import { type BinomialCounts, binomialLnE, concentrationOf } from './binomial-e-process.ts'
import { crossingOf } from './invert-evidence.ts'

/**
 * Bounds of the share of successes that hold at every look with a probability of at least 1 − α: the shares that the two-sided
 * binomial test does not reject, its prior centred anew at each of them (Howard and others 2021). [0, 1] without events. O(1),
 * about 120 tests.
 *
 * sharpestAt  the number of events at which it is narrowest, above 0
 */
export function bernoulliSequence(
  counts: BinomialCounts,
  alpha: number,
  sharpestAt: number,
): readonly [low: number, high: number] {
  const { successes, failures } = counts
  if (successes + failures === 0) return [0, 1]
  const concentration = concentrationOf(sharpestAt, alpha, 'two-sided')
  const level = Math.log(1 / alpha)
  const middle = successes / (successes + failures)
  const lnE = (share: number): number => binomialLnE(counts, share, concentration, 'two-sided')
  return [
    successes === 0 ? 0 : crossingOf(lnE, level, middle, 0),
    failures === 0 ? 1 : crossingOf(lnE, level, middle, 1),
  ]
}
