// The difference of two means over phases whose splits differ.
import type { Estimate } from './asymptotic-sequence.ts'
import type { Moments } from './moments.ts'

/** The two means of a phase. */
export interface PhaseMeans {
  readonly control: Moments
  readonly treatment: Moments
}

/**
 * The mean of the phases' differences, treatment less control, each weighted by n_A n_B / (n_A + n_B) (as Cochran 1954 does), with Welch's
 * standard error. So a day on which all rows were harder does not count for one arm where the split was changed on that day. Of
 * one phase it is the plain difference. undefined without phases; the standard error is 0 without any spread. O(phases).
 */
export function differenceOfPhases(phases: readonly PhaseMeans[]): Estimate | undefined {
  let [weights, sum, squares, rows] = [0, 0, 0, 0]
  for (const { control, treatment } of phases) {
    const weight = (control.count * treatment.count) / (control.count + treatment.count)
    weights += weight
    sum += weight * (treatment.mean - control.mean)
    squares += weight * weight * (control.variance / control.count + treatment.variance / treatment.count)
    rows += control.count + treatment.count
  }
  return weights > 0 ? { value: sum / weights, standardError: Math.sqrt(squares) / weights, rows } : undefined
}
