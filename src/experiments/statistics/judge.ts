// Judges an experiment from its counts: what is found, and whether that ends it.
import type { ExperimentPlan } from '../experiment.ts'
import type { ExperimentCounts } from './counts.ts'
import { decide } from './decide.ts'
import { findEquivalence } from './equivalence.ts'
import { directionOf, findMetrics } from './find-metrics.ts'
import { findGuardrails } from './guardrails.ts'
import { holmAdjusted } from './holm.ts'
import type { JudgeTime } from './judge-time.ts'
import type { Judgement, MetricFinding } from './judgement.ts'
import { findSampleRatio } from './sample-ratio.ts'
import { armsWithOtherLabels, findWarnings } from './warnings.ts'

/**
 * Of the counts of one look alone: how often it is asked, and in what order rows came, changes nothing. A probability of a
 * wrong decision holds over all looks together. No number in it is NaN or infinite. O(metrics × arms × cells).
 */
export function judge(plan: ExperimentPlan, counts: ExperimentCounts, when: JudgeTime): Judgement {
  const sampleRatio = findSampleRatio(counts, plan.mode !== 'shadow')
  const guardrails = findGuardrails(plan, counts)
  const metrics = findMetrics(plan, counts)
  const primary = metrics.filter(({ metric }) => metric === plan.successMetrics[0])
  const equivalence = findEquivalence(plan, primary)
  const losing = losingBesides(plan, primary, metrics)
  const sample = { needed: plan.minSampleSize, reached: reachedBy(primary) }
  const decision = decide(plan, when, {
    ...{ sampleRatio, guardrails, primary, losing, equivalence, sample },
    armsWithOtherLabels: armsWithOtherLabels(plan, counts),
  })
  return {
    ...(decision ? { decision } : {}),
    ...{ sampleRatio, guardrails, metrics },
    ...(equivalence ? { equivalence } : {}),
    sample,
    warnings: findWarnings(plan, counts, { sampleRatio, metrics, losing }),
  }
}

/** Labelled units of the arm that has the fewest. */
function reachedBy(primary: readonly MetricFinding[]): number {
  return primary.length === 0
    ? 0
    : Math.min(...primary.flatMap(({ controlUnits, treatmentUnits }) => [controlUnits, treatmentUnits]))
}

/**
 * Other metrics in which a challenger loses that wins the first one: Holm's method over the other metrics of that challenger, at
 * the level of one challenger.
 */
function losingBesides(
  plan: ExperimentPlan,
  primary: readonly MetricFinding[],
  metrics: readonly MetricFinding[],
): MetricFinding[] {
  return primary
    .filter(({ verdict }) => verdict === 'wins')
    .flatMap(({ arm }) => {
      const others = metrics.filter((other) => other.arm === arm && other.metric !== plan.successMetrics[0])
      const tested = others.filter(({ p }) => p !== undefined)
      const adjusted = holmAdjusted(tested.map(({ p }) => p as number))
      return tested.filter(
        (other, i) => (adjusted[i] as number) <= 1 / other.threshold && directionOf(other) === 'loses',
      )
    })
}
