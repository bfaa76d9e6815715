// Looks as callers see them: arms by their names, and what cannot be said is absent.
import { present } from '../../projects/project-schemas.ts'
import { experimentAnswerOf } from '../answers.ts'
import type { Experiment, ExperimentPlan } from '../experiment.ts'
import type { ExperimentStory } from '../found-experiment.ts'
import type { Evidence, GuardrailFinding, MetricFinding } from '../statistics/judgement.ts'
import { armFiguresOf } from './arm-figures.ts'
import type { Look } from './look.ts'
import type { LookAnswer, ResultsAnswer } from './result-schemas.ts'
import { summaryOf } from './summary.ts'

const DAY_MS = 86_400_000

export function resultsOf(story: ExperimentStory, look: Look, now: Date): ResultsAnswer {
  const { experiment } = story
  const { counted, judgement } = look
  const { equivalence } = judgement
  return {
    experiment: experimentAnswerOf(story),
    ...headOf(look),
    summary: summaryOf(experiment, judgement),
    sample: { ...judgement.sample },
    ...present({ days_left: daysLeftOf(experiment, now) }),
    arms: armFiguresOf(experiment.plan, counted),
    multiply_exposed: counted.counts.multiplyExposed,
    ...foundOf(experiment.plan, look),
    ...(equivalence && { equivalence: { margin: equivalence.margin, is_reached: equivalence.isReached } }),
    tallied_at: counted.talliedAt,
  }
}

export function lookAnswerOf({ plan }: Experiment, look: Look): LookAnswer {
  const units = look.counted.counts.phases.flatMap((phase) => phase.units)
  return {
    ...headOf(look),
    units: units.reduce((sum, { exposed }) => sum + exposed, 0),
    labelled: units.reduce((sum, { labelled }) => sum + labelled, 0),
    sample: { ...look.judgement.sample },
    ...foundOf(plan, look),
  }
}

function headOf({ lookId, lookedAt, isDeciding }: Look) {
  return { look_id: lookId, looked_at: lookedAt.toISOString(), is_deciding: isDeciding }
}

function foundOf(plan: ExperimentPlan, { judgement, counted }: Look) {
  const { sampleRatio, guardrails, metrics } = judgement
  return {
    sample_ratio: {
      state: sampleRatio.state,
      ...evidenceOf(sampleRatio),
      expected_shares: [...sampleRatio.expectedShares],
      observed_shares: [...sampleRatio.observedShares],
    },
    guardrails: guardrails.map((finding) => guardrailOf(plan, finding)),
    metrics: metrics.map((finding) => metricOf(plan, finding)),
    warnings: counted.warnings.map(({ code, detail }) => ({ code, detail })),
  }
}

function guardrailOf(plan: ExperimentPlan, finding: GuardrailFinding) {
  const { kind, arm, state, isBroken, control, treatment, rateRatio = null, interval } = finding
  return {
    ...{ metric: kind, arm: nameOf(plan, arm), state, is_broken: isBroken },
    ...evidenceOf(finding),
    ...{ control, treatment, ...present({ rate_ratio: rateRatio, interval: intervalOf(interval ?? null) }) },
  }
}

function metricOf(plan: ExperimentPlan, finding: MetricFinding) {
  const { metric, arm, state, method, isPaired, discordant } = finding
  return {
    ...{ metric, is_primary: metric === plan.successMetrics[0], arm: nameOf(plan, arm), state, method },
    is_paired: isPaired,
    ...evidenceOf(finding),
    control_units: finding.controlUnits,
    treatment_units: finding.treatmentUnits,
    ...present({
      control: finding.control,
      treatment: finding.treatment,
      difference: finding.difference,
      interval: intervalOf(finding.interval),
      interval_method: finding.intervalMethod ?? null,
      verdict: finding.verdict,
      least_detectable: finding.leastDetectable ?? null,
    }),
    ...(discordant && {
      discordant: { control_right: discordant.controlRight, treatment_right: discordant.treatmentRight },
    }),
  }
}

function evidenceOf({ lnE, threshold, p }: Partial<Evidence> & Pick<Evidence, 'threshold'>) {
  return { ...present({ ln_e: lnE ?? null, p: p ?? null }), threshold }
}

function intervalOf(interval: readonly [low: number, high: number | null] | null) {
  if (interval === null) return null
  const [low, high] = interval
  return { low, ...present({ high }) }
}

function daysLeftOf({ state, assignsUntil }: Experiment, now: Date): number | null {
  if (state !== 'running' || assignsUntil === null) return null
  return Math.max(0, (assignsUntil.getTime() - now.getTime()) / DAY_MS)
}

function nameOf({ arms }: ExperimentPlan, arm: number): string {
  return arms[arm]?.name ?? String(arm)
}
