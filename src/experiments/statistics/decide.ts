// What ends an experiment, in a fixed order: a broken split, a broken guardrail, a winner, no difference, the end of its time.
import type { ExperimentPlan } from '../experiment.ts'
import { isDecided } from './evidence.ts'
import type { JudgeTime } from './judge-time.ts'
import type { Decision, EquivalenceFinding, GuardrailFinding, MetricFinding, SampleRatioFinding } from './judgement.ts'
import * as say from './reasons.ts'

export interface DecisiveFindings {
  readonly sampleRatio: SampleRatioFinding
  readonly guardrails: readonly GuardrailFinding[]
  /** The first metric, by challenger. */
  readonly primary: readonly MetricFinding[]
  /** Other metrics that a winner of the first one loses in. */
  readonly losing: readonly MetricFinding[]
  readonly equivalence: EquivalenceFinding | undefined
  readonly sample: { readonly needed: number; readonly reached: number }
  /** Challengers whose outcomes do not come as often as those of the control: their figures decide nothing. */
  readonly armsWithOtherLabels: readonly number[]
}

/** undefined while the experiment goes on. O(findings). */
export function decide(plan: ExperimentPlan, when: JudgeTime, found: DecisiveFindings): Decision | undefined {
  if (isDecided(found.sampleRatio)) {
    return { outcome: 'invalid', winner: null, reason: say.brokenSplit(plan, found.sampleRatio) }
  }
  const broken = found.guardrails.filter(({ isBroken }) => isBroken)
  if (broken.length > 0) return { outcome: 'guardrail_stop', winner: null, reason: say.brokenGuardrails(plan, broken) }
  return decideByMetrics(plan, found) ?? decideByTime(plan, when, found)
}

/** Nothing before each arm, or the pairs, have the sample that was asked for. */
function decideByMetrics(plan: ExperimentPlan, found: DecisiveFindings): Decision | undefined {
  const { primary, losing, equivalence, sample } = found
  if (sample.reached < sample.needed || primary.length === 0) return undefined
  const isUsable = ({ arm }: MetricFinding): boolean => !found.armsWithOtherLabels.includes(arm)
  const usable = primary.filter(isUsable)
  const winners = usable.filter(({ verdict, arm }) => verdict === 'wins' && !losing.some((other) => other.arm === arm))
  const [best] = winners.toSorted((a, b) => Math.abs(b.difference ?? 0) - Math.abs(a.difference ?? 0))
  if (best) return { outcome: 'winner', winner: best.arm, reason: say.winner(plan, best) }
  if (usable.length < primary.length) return undefined
  if (usable.every(({ verdict }) => verdict === 'loses')) {
    return { outcome: 'keep_control', winner: 0, reason: say.keptControl(plan, usable) }
  }
  return equivalence?.isReached
    ? { outcome: 'equivalent', winner: null, reason: say.equivalent(plan, equivalence.margin) }
    : undefined
}

function decideByTime(plan: ExperimentPlan, when: JudgeTime, { sample }: DecisiveFindings): Decision | undefined {
  if (!when.assignmentEnded || !when.labelsAwaited) return undefined
  return { outcome: 'no_decision', winner: null, reason: say.noDecision(plan, sample) }
}
