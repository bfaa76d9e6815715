// Bounds of the difference of two accuracies.
import { type Estimate, twoSidedHalfWidth } from './asymptotic-sequence.ts'
import { bernoulliSequence } from './bernoulli-sequence.ts'
import type { Comparison, ComparisonLevel } from './compared.ts'
import { type RightWrong, sizeOfArm } from './tallies.ts'

type Bounds = Pick<Comparison, 'interval' | 'intervalMethod' | 'estimate'>

/** Rows with which the normal approximation is trusted: so many right and so many wrong ones of each arm. */
export const EACH_KIND_MIN = 25

export function hasBothKinds({ right, wrong }: RightWrong): boolean {
  return right >= EACH_KIND_MIN && wrong >= EACH_KIND_MIN
}

export function asymptoticInterval(estimate: Estimate, { alpha, sharpestAt }: ComparisonLevel): Bounds {
  const half = twoSidedHalfWidth(estimate, alpha, sharpestAt)
  const interval = [estimate.value - half, estimate.value + half] as const
  return { interval, intervalMethod: 'asymptotic_sequence', estimate }
}

/**
 * Bounds of the difference of two shares out of the sequences of both, each at α/2: wide, and right however few rows there are. null
 * without rows.
 */
export function exactInterval(
  treatment: RightWrong,
  control: RightWrong,
  { alpha, sharpestAt }: ComparisonLevel,
): Bounds {
  if (sizeOfArm(treatment) === 0 || sizeOfArm(control) === 0) return { interval: null }
  const sequence = ({ right, wrong }: RightWrong): readonly [number, number] =>
    bernoulliSequence({ successes: right, failures: wrong }, alpha / 2, sharpestAt)
  const [treatmentLow, treatmentHigh] = sequence(treatment)
  const [controlLow, controlHigh] = sequence(control)
  const interval = [treatmentLow - controlHigh, treatmentHigh - controlLow] as const
  return { interval, intervalMethod: 'exact_sequence' }
}
