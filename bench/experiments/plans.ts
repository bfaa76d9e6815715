// Plans and counts of simulated experiments, as looks give them to the judge.
import type { ExperimentPlan, SuccessMetric } from '../../src/experiments/experiment.ts'
import type { ArmUnits, ExperimentCounts, PhaseCounts } from '../../src/experiments/statistics/counts.ts'
import { planOf as anyPlan } from '../../test/support/experiment-counts.ts'

export const RUNNING = { assignmentEnded: false, labelsAwaited: false }

export function planOf(
  metric: SuccessMetric,
  isPaired: boolean,
  { minSampleSize, guardrails = [] }: Pick<ExperimentPlan, 'minSampleSize'> & Partial<ExperimentPlan>,
): ExperimentPlan {
  return anyPlan({ mode: isPaired ? 'shadow' : 'split', successMetrics: [metric], guardrails, minSampleSize })
}

export function unitsOf(exposed: number, others: Partial<ArmUnits> = {}): ArmUnits {
  return { exposed, failed: 0, slow: 0, labelled: 0, ...others }
}

export function countsOf(phase: Partial<PhaseCounts>): ExperimentCounts {
  const none = { kind: 'classes' as const, cells: [] }
  const empty = { phase: 1, shares: [0.5, 0.5], units: [], tallies: [none, none], pairs: [undefined, undefined] }
  return { classes: ['no', 'yes'], phases: [{ ...empty, ...phase }], multiplyExposed: 0 }
}
