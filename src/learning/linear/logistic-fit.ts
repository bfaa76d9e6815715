// One member's part in fitting a logistic regression; the entry of the other threads.
import type { TeamMember } from '../parallel/thread-team.ts'
import { type Minimum, minimize } from './lbfgs.ts'
import { LogisticObjective, type SharedLogistic } from './logistic-objective.ts'

export interface LogisticFitInput extends SharedLogistic {
  readonly start: Float64Array
  readonly maxIterations: number
  readonly tolerance: number
  readonly stepTolerance: number
}

/** Every member finds the same minimum; see LogisticObjective. */
export function fitLogistic(
  input: LogisticFitInput,
  member: TeamMember,
  onIteration: (iteration: number) => void = () => {},
): Promise<Minimum> {
  const { start, maxIterations, tolerance, stepTolerance } = input
  return minimize(new LogisticObjective(input, member, onIteration), start, { maxIterations, tolerance, stepTolerance })
}

export const FIT_LOGISTIC = { module: import.meta.url, exportName: 'fitLogistic' }
