// Plans and counts of simulated experiments, as looks give them to the judge.
import type { ExperimentPlan, SuccessMetric } from '../../src/experiments/experiment.ts'
import type { ArmUnits, ExperimentCounts, PhaseCounts } from '../../src/experiments/statistics/counts.ts'

export const RUNNING = { assignmentEnded: false, labelsAwaited: false }

export function planOf(
  metric: SuccessMetric,
  isPaired: boolean,
  { minSampleSize, guardrails = [] }: Pick<ExperimentPlan, 'minSampleSize'> & Partial<ExperimentPlan>,
): ExperimentPlan {
  return {
    mode: isPaired ? 'shadow' : 'split',
    arms: ['a', 'b'].map((name, i) => ({ name, version: i + 1, runId: i + 1 })),
    successMetrics: [metric],
    guardrails,
    minSampleSize,
    maxDurationDays: 14,
    labelWindowHours: 24,
    significanceLevel: 0.05,
    equivalenceMargin: null,
    outcomeDependsOnServing: false,
    autoPromote: false,
  }
}

export function unitsOf(exposed: number, others: Partial<ArmUnits> = {}): ArmUnits {
  return { exposed, failed: 0, slow: 0, labelled: 0, ...others }
}

export function countsOf(phase: Partial<PhaseCounts>): ExperimentCounts {
  const none = { kind: 'classes' as const, cells: [] }
  const empty = { phase: 1, shares: [0.5, 0.5], units: [], tallies: [none, none], pairs: [undefined, undefined] }
  return { classes: ['no', 'yes'], phases: [{ ...empty, ...phase }], multiplyExposed: 0 }
}
