// What callers say of retrainings, and what they see of them.
import { type Static, Type } from '@sinclair/typebox'
import { NextPage } from '../../pages.ts'
import { Moment, ProjectParts, present } from '../../projects/project-schemas.ts'
import { EnvironmentName } from './policy-schemas.ts'
import { CAUSES, OUTCOMES, type Retraining, STATES } from './retraining.ts'

const oneOf = (names: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...names], description })
const Note = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: '^[^\\u0000]*$',
  description: 'For whoever looks later',
})
const { default: _, ...Environment } = EnvironmentName

export const BeginRetraining = Type.Object(
  {
    note: Type.Optional(Note),
    dataset_id: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: 'What the challenger learns from; without it the newest of the name that the project has',
      }),
    ),
    environment: Type.Optional(
      Type.String({ ...Environment, description: 'Where the champion answers; without it that of the policy' }),
    ),
  },
  { additionalProperties: false, title: 'BeginRetraining' },
)
export const DismissRetraining = Type.Object(
  { note: Type.Optional(Note) },
  { additionalProperties: false, title: 'DismissRetraining' },
)

export const RetrainingPath = Type.Object({
  ...ProjectParts,
  retraining_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' }),
})

const ComparisonAnswer = Type.Object(
  {
    dataset_id: Type.Integer({ format: 'int64' }),
    rows: Type.Integer(),
    label: Type.String(),
    metric: Type.String({ description: 'What decides' }),
    difference: Type.Number({ format: 'double', description: 'Of the challenger less the champion' }),
    p_value: Type.Optional(Type.Number({ format: 'double', description: 'Of the paired test; absent of few rows' })),
    verdict: oneOf(['better', 'worse', 'no_difference_shown'], 'Of the challenger against the champion'),
  },
  { title: 'RetrainingComparison' },
)

export const RetrainingAnswer = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    environment: Type.String(),
    cause: oneOf(CAUSES, 'What began it'),
    note: Type.Optional(Type.String()),
    state: oneOf(STATES, 'suggested: it waits for somebody who accepts it, or dismisses it'),
    outcome: Type.Optional(oneOf(OUTCOMES, 'Of one that has ended')),
    finding: Type.Optional(Type.String({ description: 'Why, in words, and what followed' })),
    model_run_id: Type.Optional(Type.Integer({ format: 'int64', description: 'The run that trains the challenger' })),
    challenger: Type.Optional(Type.Integer({ description: 'The version that the run became' })),
    champion: Type.Optional(Type.Integer({ description: 'The version that was active when they were compared' })),
    comparison: Type.Optional(ComparisonAnswer),
    requested_at: Moment('When it was asked for, or suggested'),
    requested_by: Type.String({ description: 'As in the audit; policy/NAME is the policy of the project' }),
    ended_at: Type.Optional(Moment('When it ended')),
  },
  { title: 'Retraining' },
)
export const RetrainingList = Type.Object(
  { retrainings: Type.Array(RetrainingAnswer, { description: 'The newest first' }), next: NextPage },
  { title: 'RetrainingList' },
)

export function retrainingAnswerOf(retraining: Retraining): Static<typeof RetrainingAnswer> {
  const { retrainingId, environment, cause, note, state, outcome, finding, runId, challenger, champion } = retraining
  const { comparison, requestedAt, requestedBy, endedAt } = retraining
  return {
    id: retrainingId,
    environment,
    cause,
    ...present({ note }),
    state,
    ...present({ outcome, finding, model_run_id: runId, challenger, champion }),
    ...(comparison === null
      ? {}
      : {
          comparison: {
            dataset_id: comparison.datasetId,
            rows: comparison.rowCount,
            label: comparison.label,
            metric: comparison.metric,
            difference: comparison.difference,
            ...present({ p_value: comparison.pValue }),
            verdict: comparison.verdict,
          },
        }),
    requested_at: requestedAt.toISOString(),
    requested_by: requestedBy,
    ...present({ ended_at: endedAt?.toISOString() ?? null }),
  }
}
