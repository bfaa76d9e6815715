// A difference that is judged by the normal approximation.
import { type Estimate, twoSidedHalfWidth, twoSidedLnE } from './asymptotic-sequence.ts'
import type { Comparison, ComparisonLevel } from './compared.ts'

/**
 * Evidence and interval of one estimate, which agree: E reaches 1/α where the interval leaves 0. Nothing without an estimate, or
 * without any spread.
 */
export function sequenceOf(
  estimate: Estimate | undefined,
  { alpha, sharpestAt }: ComparisonLevel,
): Pick<Comparison, 'lnE' | 'interval' | 'intervalMethod' | 'estimate'> {
  if (estimate === undefined || !(estimate.standardError > 0)) return { lnE: undefined, interval: null }
  const half = twoSidedHalfWidth(estimate, alpha, sharpestAt)
  const [low, high] = [estimate.value - half, estimate.value + half]
  const lnE = twoSidedLnE(estimate, alpha, sharpestAt)
  if (![low, high, lnE].every(Number.isFinite)) return { lnE: undefined, interval: null }
  return { lnE, interval: [low, high], intervalMethod: 'asymptotic_sequence', estimate }
}
