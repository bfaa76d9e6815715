// From what a caller says of an experiment to its plan; all that can be judged without the database.
import type { Static } from '@sinclair/typebox'
import type { Answers } from '../monitoring/performance/answers.ts'
import type { MemberFaults, WellFormed } from '../rows/member-faults.ts'
import type { Arm, ExperimentPlan, Guardrail, Mode, SuccessMetric } from './experiment.ts'
import type { ChangeExperiment, CreateExperiment } from './experiment-schemas.ts'

/** What is said of the plan, with the run of no arm yet. */
export interface AskedPlan extends Omit<ExperimentPlan, 'arms' | 'successMetrics'> {
  readonly arms: readonly Omit<Arm, 'runId'>[]
  /** Undefined: what is usual for what the arms answer. */
  readonly successMetrics: readonly SuccessMetric[] | undefined
}

export interface AskedExperiment {
  readonly name: string
  readonly description: string | null
  readonly environment: string
  readonly shares: readonly number[]
  readonly plan: AskedPlan
}

/** Shares that add up to so little more than 1 were rounded. */
const SHARE_EPSILON = 1e-9
const METRICS_OF: Readonly<Record<Answers['kind'], readonly SuccessMetric[]>> = {
  classes: ['accuracy', 'f1_macro'],
  numbers: ['mean_absolute_error', 'mean_squared_error'],
}
const DEFAULT_GUARDRAILS: readonly Guardrail[] = [{ kind: 'errors', toleratedRatio: 1 }]

/** given: with the defaults of its schema. What is malformed is missing in the plan. */
export function askedOf(given: WellFormed<Static<typeof CreateExperiment>>): AskedExperiment {
  const { guardrail_metrics: guardrails, arms = [] } = given
  return {
    name: given.name as string,
    description: given.description || null,
    environment: given.environment as string,
    shares: arms.map(({ share }) => share as number),
    plan: {
      mode: given.mode as Mode,
      arms: arms.map(armOf),
      successMetrics: given.success_metrics as SuccessMetric[] | undefined,
      guardrails: guardrails === undefined ? DEFAULT_GUARDRAILS : guardrails.map(guardrailOf),
      minSampleSize: given.min_sample_size as number,
      maxDurationDays: given.max_duration_days as number,
      labelWindowHours: given.label_window_hours as number,
      significanceLevel: given.significance_level as number,
      equivalenceMargin: given.equivalence_margin ?? null,
      outcomeDependsOnServing: given.outcome_depends_on_serving as boolean,
      autoPromote: given.auto_promote as boolean,
    },
  }
}

type GivenChange = WellFormed<Static<typeof ChangeExperiment>>

function armOf({ name, version }: { readonly name?: string; readonly version?: number }): Omit<Arm, 'runId'> {
  return { name: name as string, version: version as number }
}

/** `present` with what is said in place of what is there. Adds what is wrong with the shares to the faults. */
export function changedBy(given: GivenChange, present: AskedExperiment, faults: MemberFaults): AskedExperiment {
  const { plan } = present
  const arms = given.arms?.map(armOf) ?? plan.arms
  const margin = given.equivalence_margin
  return {
    name: given.name ?? present.name,
    description: given.description === undefined ? present.description : given.description || null,
    environment: given.environment ?? present.environment,
    shares: sharesOf(given, present, faults),
    plan: {
      mode: (given.mode ?? plan.mode) as Mode,
      arms,
      successMetrics: (given.success_metrics as SuccessMetric[] | undefined) ?? plan.successMetrics,
      guardrails: given.guardrail_metrics?.map(guardrailOf) ?? plan.guardrails,
      minSampleSize: given.min_sample_size ?? plan.minSampleSize,
      maxDurationDays: given.max_duration_days ?? plan.maxDurationDays,
      labelWindowHours: given.label_window_hours ?? plan.labelWindowHours,
      significanceLevel: given.significance_level ?? plan.significanceLevel,
      equivalenceMargin: margin === undefined ? plan.equivalenceMargin : margin === 0 ? null : margin,
      outcomeDependsOnServing: given.outcome_depends_on_serving ?? plan.outcomeDependsOnServing,
      autoPromote: given.auto_promote ?? plan.autoPromote,
    },
  }
}

/** Members of a change that an experiment that runs takes. */
const WHILE_RUNNING: readonly string[] = ['description', 'shares']

/** The members that only a draft takes. */
export function draftOnlyIn(given: Static<typeof ChangeExperiment>): string[] {
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined || WHILE_RUNNING.includes(name) ? [] : [name],
  )
}

/** What stands against a plan by itself, in what is sound of it: names, versions, shares, guardrails. */
export function addPlanFaults({ plan, shares }: AskedExperiment, faults: MemberFaults): void {
  const add = (parameter: string, detail: string): void => faults.add({ in: 'body', parameter, detail })
  const { arms, guardrails, outcomeDependsOnServing, mode } = plan
  for (const [member, words] of [['name', 'name'] as const, ['version', 'version'] as const]) {
    arms.forEach((arm, i) => {
      if (!faults.areSound(`arms.${i}.${member}`)) return
      const first = arms.findIndex((other) => other[member] === arm[member])
      if (first !== i) add(`arms.${i}.${member}`, `the ${words} ${arm[member]} is that of arms.${first}`)
    })
  }
  const sum = shares.reduce((all, share) => all + share, 0)
  if (faults.areSound('arms', 'shares') && sum > 1 + SHARE_EPSILON)
    add('arms', `the shares add up to ${Number(sum.toFixed(6))}; expected 1 at the most`)
  guardrails.forEach((guardrail, i) => {
    if (!faults.areSound(`guardrail_metrics.${i}`)) return
    if (guardrails.findIndex(({ kind }) => kind === guardrail.kind) !== i) {
      add(`guardrail_metrics.${i}.metric`, `${guardrail.kind} is there already`)
    }
    if (guardrail.kind === 'latency' && !(guardrail.budgetMs > 0)) {
      add(`guardrail_metrics.${i}.budget_ms`, 'missing: latency needs the milliseconds from which a request is slow')
    }
  })
  if (faults.areSound('mode') && outcomeDependsOnServing && mode === 'shadow') {
    add('outcome_depends_on_serving', 'in the shadow nothing can be compared but the same rows; take the mode split')
  }
}

/** The same of what depends on the answers of the arms. Gives the metrics, the usual ones where none are said. */
export function metricsFor(plan: AskedPlan, kind: Answers['kind'], faults: MemberFaults): readonly SuccessMetric[] {
  const fit = METRICS_OF[kind]
  const metrics = plan.successMetrics ?? fit.slice(0, 1)
  metrics.forEach((metric, i) => {
    if (fit.includes(metric)) return
    const detail = `the arms answer with ${kind}; expected ${fit.join(' or ')}, got ${metric}`
    faults.add({ in: 'body', parameter: `success_metrics.${i}`, detail })
  })
  if (kind === 'classes' && plan.equivalenceMargin !== null && plan.equivalenceMargin >= 1) {
    const detail = `expected less than 1, for the metrics are shares, got ${plan.equivalenceMargin}`
    faults.add({ in: 'body', parameter: 'equivalence_margin', detail })
  }
  return metrics
}

function guardrailOf(given: { metric?: string; tolerated_ratio?: number; budget_ms?: number }): Guardrail {
  const { metric, tolerated_ratio: toleratedRatio = 1, budget_ms: budgetMs = Number.NaN } = given
  return metric === 'latency' ? { kind: 'latency', toleratedRatio, budgetMs } : { kind: 'errors', toleratedRatio }
}

function sharesOf({ arms, shares }: GivenChange, present: AskedExperiment, faults: MemberFaults): readonly number[] {
  const add = (parameter: string, detail: string): void => faults.add({ in: 'body', parameter, detail })
  if (shares === undefined) return arms?.map(({ share }) => share as number) ?? present.shares
  if (arms !== undefined) add('shares', 'say them in arms, or here, not both')
  const names = present.plan.arms.map(({ name }) => name)
  const said = new Map(Object.entries(shares as Readonly<Record<string, number>>))
  for (const name of said.keys()) {
    if (!names.includes(name)) add(`shares.${name}`, `no such arm; expected ${names.join(', ')}`)
  }
  return names.map((name) => {
    const share = said.get(name)
    if (share === undefined && faults.areSound(`shares.${name}`)) {
      add(`shares.${name}`, 'missing: say that of every arm')
    }
    return share ?? 0
  })
}
