// The sentence that tells why an experiment ended.
import type { ExperimentPlan } from '../experiment.ts'
import type { GuardrailFinding, MetricFinding, SampleRatioFinding } from './judgement.ts'

export function brokenSplit(plan: ExperimentPlan, { expectedShares, observedShares }: SampleRatioFinding): string {
  const arms = observedShares.map(
    (share, arm) => `${nameOf(plan, arm)} ${percent(share)} instead of ${percent(expectedShares[arm] as number)}`,
  )
  return `Units did not fall into arms as their shares say: ${arms.join(', ')}. Nothing that was measured can be trusted.`
}

export function brokenGuardrails(plan: ExperimentPlan, broken: readonly GuardrailFinding[]): string {
  const told = broken.map(({ kind, arm, control, treatment, rateRatio }) => {
    const what = kind === 'errors' ? 'failed' : 'were slow'
    const times = typeof rateRatio === 'number' ? `, ${round(rateRatio)} times as often` : ''
    return `${treatment} units ${what} in ${nameOf(plan, arm)} and ${control} in ${nameOf(plan, 0)}${times}`
  })
  return `A guardrail was broken: ${told.join('; ')}.`
}

export function winner(plan: ExperimentPlan, finding: MetricFinding): string {
  return `${nameOf(plan, finding.arm)} is better than ${nameOf(plan, 0)} in ${finding.metric}: ${compared(plan, finding)}.`
}

export function keptControl(plan: ExperimentPlan, findings: readonly MetricFinding[]): string {
  const told = findings.map(
    (finding) =>
      `${nameOf(plan, finding.arm)} is worse than ${nameOf(plan, 0)} in ${finding.metric}: ${compared(plan, finding)}`,
  )
  return `${told.join('; ')}.`
}

export function equivalent(plan: ExperimentPlan, margin: number): string {
  return `The arms differ in ${plan.successMetrics[0]} by less than ${round(margin)}, so it does not matter which one serves.`
}

export function noDecision(
  plan: ExperimentPlan,
  { needed, reached }: { readonly needed: number; readonly reached: number },
): string {
  return reached < needed
    ? `The time is over, and there are outcomes of ${reached} units instead of ${needed}: too few to decide by.`
    : `The time is over, and the arms differ in ${plan.successMetrics[0]} by no more than chance may bring.`
}

function compared(plan: ExperimentPlan, { arm, control, treatment, discordant }: MetricFinding): string {
  const values = `${value(treatment)} against ${value(control)}`
  if (discordant === undefined) return values
  const { controlRight, treatmentRight } = discordant
  const differing = `of ${controlRight + treatmentRight} rows where they differ ${nameOf(plan, arm)} was right in ${treatmentRight}`
  return `${values}; ${differing}`
}

function nameOf({ arms }: ExperimentPlan, arm: number): string {
  return `"${arms[arm]?.name ?? arm}"`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function value(metric: number | null): string {
  return metric === null ? 'nothing' : round(metric)
}

function round(number: number): string {
  return String(Number(number.toPrecision(4)))
}
