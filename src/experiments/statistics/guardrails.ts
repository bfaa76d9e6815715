// Whether a challenger fails, or is slow, more often than is tolerated.
import type { ExperimentPlan, Guardrail } from '../experiment.ts'
import { shareOf } from './compared.ts'
import type { ArmUnits, ExperimentCounts } from './counts.ts'
import { evidenceOf, isDecided } from './evidence.ts'
import type { GuardrailFinding } from './judgement.ts'
import { lnEOfPhases, type PhaseEvents } from './phase-evidence.ts'
import { rateRatio } from './rate-ratio.ts'

/** Events after which the test is sharpest. */
const SHARPEST_AT = 100

/**
 * Every guardrail of every challenger, from the first request on. A failed unit is the challenger's as often as its share says
 * where it fails as often as the control; the one-sided binomial e-process tests that it fails at most `toleratedRatio` times as
 * often. Together they stop a sound experiment with a probability of at most α: each is tested at α divided by their number. O(guardrails × arms × phases).
 */
export function findGuardrails(plan: ExperimentPlan, counts: ExperimentCounts): GuardrailFinding[] {
  const challengers = plan.arms.map((_, arm) => arm).slice(1)
  const alpha = plan.significanceLevel / Math.max(1, plan.guardrails.length * challengers.length)
  return plan.guardrails.flatMap((guardrail) =>
    challengers.map((arm) => findGuardrail(guardrail, arm, alpha, plan.mode === 'shadow' ? [] : counts.phases)),
  )
}

function findGuardrail(
  { kind, toleratedRatio }: Guardrail,
  arm: number,
  alpha: number,
  phases: ExperimentCounts['phases'],
): GuardrailFinding {
  const eventsOf = (units: ArmUnits | undefined): number => (kind === 'errors' ? units?.failed : units?.slow) ?? 0
  const events = phases.flatMap((phase): PhaseEvents[] => {
    const share = shareOf(phase, arm)
    if (share === undefined) return []
    return [{ share, successes: eventsOf(phase.units[arm]), failures: eventsOf(phase.units[0]) }]
  })
  const control = events.reduce((sum, { failures }) => sum + failures, 0)
  const treatment = events.reduce((sum, { successes }) => sum + successes, 0)
  const told = { kind, arm, control, treatment }
  if (control + treatment === 0) {
    return { ...told, state: 'insufficient_data', threshold: 1 / alpha, isBroken: false }
  }
  const test = { alpha, sharpestAt: SHARPEST_AT, side: 'greater' } as const
  const evidence = evidenceOf(lnEOfPhases(events, test, toleratedRatio), alpha)
  const ratio = rateRatio(events, alpha, SHARPEST_AT)
  return {
    ...told,
    state: 'ok',
    ...evidence,
    isBroken: isDecided(evidence),
    ...(ratio ? { rateRatio: ratio.ratio, interval: ratio.interval } : {}),
  }
}
