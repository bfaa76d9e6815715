// Judges an experiment from its counts.
import type { ExperimentPlan } from '../experiment.ts'
import type { ExperimentCounts } from './counts.ts'
import type { Judgement } from './judgement.ts'

export interface JudgeTime {
  /** Nobody is assigned any more: maxDurationDays are over. */
  readonly assignmentEnded: boolean
  /** The label window after it is over, too: no more outcomes are waited for. */
  readonly labelsAwaited: boolean
}

export function judge(_plan: ExperimentPlan, _counts: ExperimentCounts, _when: JudgeTime): Judgement {
  throw new Error('not written yet')
}
