// What makes the figures of an experiment doubtful, without ending it.
import type { ExperimentPlan } from '../experiment.ts'
import { shareOf } from './compared.ts'
import type { ExperimentCounts, PhaseCounts } from './counts.ts'
import { arePaired } from './find-metrics.ts'
import type { JudgementWarning, MetricFinding, SampleRatioFinding } from './judgement.ts'
import { lnEOfPhases } from './phase-evidence.ts'
import { sizeOf } from './tallies.ts'

const MULTIPLE_EXPOSURE_SHARE = 0.01
const PAIRS_MISSING_SHARE = 0.1
const SAMPLE_RATIO_NEAR = 20
/** As of the sample ratio. */
const LABELS_ALPHA = 0.001
const LABELS_SHARPEST_AT = 10_000

export interface Found {
  readonly sampleRatio: SampleRatioFinding
  readonly metrics: readonly MetricFinding[]
  readonly losing: readonly MetricFinding[]
}

/** In a fixed order, each code once. O(arms × phases + cells). */
export function findWarnings(plan: ExperimentPlan, counts: ExperimentCounts, found: Found): JudgementWarning[] {
  const nameOf = (arm: number): string => `"${plan.arms[arm]?.name ?? arm}"`
  const warnings: JudgementWarning[] = []
  const exposed = counts.phases.reduce((sum, { units }) => sum + units.reduce((all, arm) => all + arm.exposed, 0), 0)
  const several = counts.multiplyExposed
  if (several > 0 && exposed > 0 && several >= MULTIPLE_EXPOSURE_SHARE * exposed) {
    const percent = ((100 * several) / exposed).toFixed(1)
    const detail = `${several} units (${percent} %) were exposed to more than one arm; each counts with its first alone.`
    warnings.push({ code: 'multiple_exposure', detail })
  }
  const { lnE, threshold } = found.sampleRatio
  if (lnE !== undefined && lnE >= Math.log(SAMPLE_RATIO_NEAR) && lnE < Math.log(threshold)) {
    const detail =
      'The units of arms begin to differ from their shares; the experiment ends as invalid if that goes on.'
    warnings.push({ code: 'sample_ratio_near', detail })
  }
  const unequal = armsWithOtherLabels(plan, counts)
  if (unequal.length > 0) {
    const names = unequal.map(nameOf).join(', ')
    const detail = `Outcomes do not come as often for ${names} as for ${nameOf(0)}: metrics are of different rows, and decide nothing.`
    warnings.push({ code: 'labels_differ', detail })
  }
  if (found.losing.length > 0) {
    const detail = found.losing.map(({ metric, arm }) => `${metric} of ${nameOf(arm)}`).join(', ')
    warnings.push({ code: 'success_metric_loses', detail: `A winner of the first metric loses in another: ${detail}.` })
  }
  const [labelled, pairs] = pairedRows(plan, counts)
  if (pairs < (1 - PAIRS_MISSING_SHARE) * labelled) {
    const detail = `${labelled - pairs} of ${labelled} labelled units were not predicted by both arms: they are left out.`
    warnings.push({ code: 'pairs_missing', detail })
  }
  if (plan.mode === 'shadow' && plan.outcomeDependsOnServing) {
    const detail = 'Only the control answers, and what is true depends on what was answered: nothing can be compared.'
    warnings.push({ code: 'nothing_to_compare', detail })
  }
  return warnings
}

/**
 * Challengers whose labelled units are not as many as their share says: then rows with outcomes are not drawn alike, and accuracies of
 * different rows cannot be compared. Pairs do not suffer from it.
 */
export function armsWithOtherLabels(plan: ExperimentPlan, { phases }: ExperimentCounts): number[] {
  if (arePaired(plan) || plan.mode === 'shadow') return []
  const test = { alpha: LABELS_ALPHA, sharpestAt: LABELS_SHARPEST_AT, side: 'two-sided' } as const
  return plan.arms
    .map((_, arm) => arm)
    .slice(1)
    .filter((arm) => {
      const events = phases.flatMap((phase) => {
        const share = shareOf(phase, arm)
        const [failures, successes] = [phase.units[0]?.labelled ?? 0, phase.units[arm]?.labelled ?? 0]
        return share === undefined ? [] : [{ share, successes, failures }]
      })
      return lnEOfPhases(events, test) >= Math.log(1 / LABELS_ALPHA)
    })
}

/** Labelled units, and the pairs of the challenger that has the fewest; 0 where nothing is paired. */
function pairedRows(plan: ExperimentPlan, { phases }: ExperimentCounts): [labelled: number, pairs: number] {
  if (!arePaired(plan)) return [0, 0]
  const labelled = phases.reduce((sum, { units }) => sum + units.reduce((all, arm) => all + arm.labelled, 0), 0)
  const pairsOf = (arm: number): number => phases.reduce((sum, phase) => sum + sizeOfPairs(phase, arm), 0)
  return [
    labelled,
    Math.min(
      ...plan.arms
        .map((_, arm) => arm)
        .slice(1)
        .map(pairsOf),
    ),
  ]
}

function sizeOfPairs({ pairs }: PhaseCounts, arm: number): number {
  const tally = pairs[arm]
  return tally ? sizeOf(tally) : 0
}
