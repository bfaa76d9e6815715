// What callers see of experiments.
import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../pages.ts'
import { Moment, present } from '../projects/project-schemas.ts'
import type { Assignment } from './assignments.ts'
import { winnerOf } from './conclude.ts'
import type { Expectation } from './expectation.ts'
import { type Experiment, MODES, OUTCOMES, type Phase, STATES, SUCCESS_METRICS } from './experiment.ts'
import type { ExperimentStory } from './found-experiment.ts'

const oneOf = (names: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...names], description })
const Id = (description: string) => Type.Integer({ format: 'int64', description })
const Double = (description: string) => Type.Number({ format: 'double', description })

const PhaseAnswer = Type.Object(
  {
    phase: Type.Integer({ description: 'From 1' }),
    seed: Type.String({ format: 'uuid', description: 'What keys are hashed with' }),
    shares: Type.Array(Type.Number({ format: 'double' }), { description: 'Of the keys, in the order of the arms' }),
    started_at: Moment('When it began; of a draft when it was said'),
    ended_at: Type.Optional(Moment('When it ended')),
  },
  { title: 'ExperimentPhase', description: 'A time in which keys keep their arms' },
)

export const ExpectationAnswer = Type.Object(
  {
    rows_per_day: Double('That the environment answered in the last seven days'),
    days_observed: Double('Of those, how many there were rows in'),
    coverage: Double('The share of the rows whose outcome comes'),
    metric: oneOf(SUCCESS_METRICS, 'What decides'),
    base_value: Type.Optional(Double('Of the metric, of the control')),
    smallest_effect: Type.Optional(
      Double(
        'The smallest difference of the metric that is found with 80 % probability before the time is over; absent where it cannot be said',
      ),
    ),
    days_to_min_sample: Type.Optional(
      Double('Until each arm has min_sample_size keys with an outcome; absent without traffic'),
    ),
    is_long_enough: Type.Boolean({ description: 'Whether that is before max_duration_days' }),
    assumptions: Type.Array(Type.String(), { description: 'What this rests on, besides the traffic' }),
  },
  { title: 'ExperimentExpectation', description: 'What can be found, if requests go on as they came' },
)

const MEMBERS = {
  id: Id(''),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  project: Type.String(),
  project_id: Id(''),
  environment: Type.String(),
  revision: Type.Integer({ description: 'For If-Match, in quotes' }),
  state: oneOf(STATES, ''),
  is_paused: Type.Boolean({ description: 'Control answers everybody, and nobody is exposed' }),
  mode: oneOf(MODES, ''),
  arms: Type.Array(
    Type.Object(
      {
        name: Type.String(),
        version: Type.Integer(),
        model_run_id: Id(''),
        share: Double('Of the keys, in the last phase'),
        is_control: Type.Boolean(),
      },
      { title: 'ExperimentArm' },
    ),
  ),
  success_metrics: Type.Array(oneOf(SUCCESS_METRICS, ''), { description: 'The first decides' }),
  guardrail_metrics: Type.Array(
    Type.Object(
      {
        metric: oneOf(['errors', 'latency'], ''),
        tolerated_ratio: Double(''),
        budget_ms: Type.Optional(Double('')),
      },
      { title: 'ExperimentGuardrail' },
    ),
  ),
  min_sample_size: Type.Integer(),
  max_duration_days: Double(''),
  label_window_hours: Double(''),
  significance_level: Double(''),
  equivalence_margin: Type.Optional(Double('')),
  outcome_depends_on_serving: Type.Boolean(),
  auto_promote: Type.Boolean(),
  phases: Type.Array(PhaseAnswer, { description: 'The oldest first; the last one holds' }),
  deployment_id: Type.Optional(Id('The deployment of the control when it was started')),
  started_at: Type.Optional(Moment('Since when requests take part')),
  assigns_until: Type.Optional(Moment('Nobody is assigned from then on')),
  concluded_at: Type.Optional(Moment('When it was concluded')),
  outcome: Type.Optional(oneOf(OUTCOMES, 'Of one that is concluded')),
  winner: Type.Optional(Type.String({ description: 'The name of the winning arm' })),
  finding: Type.Optional(Type.String({ description: 'Why, in one sentence' })),
  deciding_look: Type.Optional(Id('The look that decided; of one that was stopped the last one')),
  promoted_as: Type.Optional(Id('The deployment that one of its arms became')),
  created_at: Moment('When it was drafted'),
  created_by: Type.String({ description: 'As in the audit' }),
  changed_at: Moment('When it was changed last'),
  changed_by: Type.String({ description: 'As in the audit' }),
}
export const ExperimentAnswer = Type.Object(MEMBERS, { title: 'Experiment' })
export const ExpectedExperiment = Type.Object(
  {
    ...MEMBERS,
    expectation: Type.Optional(
      Type.Composite([ExpectationAnswer], {
        title: 'ExperimentExpectation',
        description: 'Of one that is not concluded: what can be found, if requests go on as they came',
      }),
    ),
  },
  { title: 'ExpectedExperiment' },
)
export const ExperimentList = Type.Object(
  { experiments: Type.Array(ExperimentAnswer, { description: 'The newest first' }), next: NextPage },
  { title: 'ExperimentList' },
)
export const AssignmentAnswer = Type.Object(
  {
    experiment: Id(''),
    phase: Type.Integer(),
    bucket: Double('Where the key falls, in [0, 1)'),
    is_enrolled: Type.Boolean({ description: 'Whether it belongs to an arm' }),
    arm: Type.Optional(Type.String({ description: 'The arm that it belongs to' })),
    version: Type.Optional(Type.Integer({ description: 'Of that arm' })),
    is_assigning: Type.Boolean({
      description: 'Whether requests take part now: it runs, is not paused, and its time is not over',
    }),
  },
  { title: 'ExperimentAssignment' },
)

export function experimentAnswerOf({ experiment, phases }: ExperimentStory): Static<typeof ExperimentAnswer> {
  const { plan, startedAt, assignsUntil, concludedAt } = experiment
  const shares = phases.at(-1)?.shares ?? []
  return {
    id: experiment.experimentId,
    name: experiment.name,
    ...present({ description: experiment.description }),
    project: experiment.projectName,
    project_id: experiment.projectId,
    environment: experiment.environment,
    revision: experiment.revision,
    state: experiment.state,
    is_paused: experiment.isPaused,
    mode: plan.mode,
    arms: plan.arms.map(({ name, version, runId }, i) => {
      return { name, version, model_run_id: runId, share: shares[i] ?? 0, is_control: i === 0 }
    }),
    success_metrics: [...plan.successMetrics],
    guardrail_metrics: plan.guardrails.map((guardrail) => {
      const { kind: metric, toleratedRatio } = guardrail
      const budget = guardrail.kind === 'latency' ? { budget_ms: guardrail.budgetMs } : {}
      return { metric, tolerated_ratio: toleratedRatio, ...budget }
    }),
    min_sample_size: plan.minSampleSize,
    max_duration_days: plan.maxDurationDays,
    label_window_hours: plan.labelWindowHours,
    significance_level: plan.significanceLevel,
    ...present({ equivalence_margin: plan.equivalenceMargin }),
    outcome_depends_on_serving: plan.outcomeDependsOnServing,
    auto_promote: plan.autoPromote,
    phases: phases.map(phaseAnswerOf),
    ...present({
      deployment_id: experiment.deploymentId,
      started_at: startedAt?.toISOString() ?? null,
      assigns_until: assignsUntil?.toISOString() ?? null,
      concluded_at: concludedAt?.toISOString() ?? null,
      outcome: experiment.outcome,
      winner: winnerOf(experiment)?.name ?? null,
      finding: experiment.finding,
      deciding_look: experiment.decidingLook,
      promoted_as: experiment.promotedAs,
    }),
    created_at: experiment.createdAt.toISOString(),
    created_by: experiment.createdBy,
    changed_at: experiment.changedAt.toISOString(),
    changed_by: experiment.changedBy,
  }
}

/** expectation: undefined of one that is concluded. */
export function expectedAnswerOf(
  story: ExperimentStory,
  expectation: Expectation | undefined,
): Static<typeof ExpectedExperiment> {
  const answer = experimentAnswerOf(story)
  if (expectation === undefined) return answer
  const { baseValue, smallestEffect, daysToMinSample } = expectation
  return {
    ...answer,
    expectation: {
      rows_per_day: expectation.rowsPerDay,
      days_observed: expectation.daysObserved,
      coverage: expectation.coverage,
      metric: expectation.metric,
      ...present({
        base_value: baseValue ?? null,
        smallest_effect: smallestEffect ?? null,
        days_to_min_sample: daysToMinSample ?? null,
      }),
      is_long_enough: expectation.isLongEnough,
      assumptions: [...expectation.assumptions],
    },
  }
}

export function assignmentAnswerOf(
  { experimentId, plan }: Experiment,
  { phase, bucket, place, isAssigning }: Assignment,
): Static<typeof AssignmentAnswer> {
  const arm = place === undefined ? undefined : plan.arms[place]
  return {
    experiment: experimentId,
    phase,
    bucket,
    is_enrolled: arm !== undefined,
    ...present({ arm: arm?.name ?? null, version: arm?.version ?? null }),
    is_assigning: isAssigning,
  }
}

function phaseAnswerOf({ phase, seed, shares, startedAt, endedAt }: Phase): Static<typeof PhaseAnswer> {
  const ended = endedAt?.toISOString() ?? null
  return { phase, seed, shares: [...shares], started_at: startedAt.toISOString(), ...present({ ended_at: ended }) }
}
