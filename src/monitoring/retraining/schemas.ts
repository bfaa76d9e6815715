// What callers say of retrainings, and what they see of them.
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { NextPage } from '../../pages.ts'
import { Moment, ProjectParts, present } from '../../projects/project-schemas.ts'
import { EnvironmentName, LogMembers } from './policy-schemas.ts'
import { CAUSES, type Collected, LEFT_OUT, OUTCOMES, type Retraining, STATES, WEIGHTS } from './retraining.ts'

const oneOf = (names: readonly string[], description: string) =>
  Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...names], description })
const Note = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: '^[^\\u0000]*$',
  description: 'For whoever looks later',
})
const { default: _, ...Environment } = EnvironmentName
const {
  data: Data,
  log_days: Days,
  log_since_last: SinceLast,
  log_rows_min: RowsMin,
  log_held_back: HeldBack,
} = LogMembers
/** What is not said is as the policy has it. */
const asPolicy = <Schema extends TSchema>({ default: _, ...schema }: Schema) => schema as unknown as Schema

export const BeginRetraining = Type.Object(
  {
    note: Type.Optional(Note),
    dataset_id: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description:
          'The data set that the challenger learns from; without it the newest of the name that the project has. Not with data=log',
      }),
    ),
    environment: Type.Optional(
      Type.String({ ...Environment, description: 'Where the champion answers; without it that of the policy' }),
    ),
    data: asPolicy(Data),
    log_days: asPolicy(Days),
    log_since_last: asPolicy(SinceLast),
    log_rows_min: asPolicy(RowsMin),
    log_held_back: asPolicy(HeldBack),
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

const LogAnswer = Type.Object(
  {
    from: Moment('Predictions from then on'),
    to: Moment('Predictions before it: later ones wait for their outcomes'),
    logged: Type.Integer({
      format: 'int64',
      description: 'Predictions of the environment in the log, with an outcome or not',
    }),
    rows: Type.Integer({ description: 'Rows that are learnt from, those of validation_split among them' }),
    held_back: Type.Integer({ description: 'The newest rows, which challenger and champion are judged on' }),
    held_back_dataset_id: Type.Integer({ format: 'int64', description: 'The data set of those' }),
    columns_of: Type.Integer({ description: 'The version whose columns the rows have' }),
    versions: Type.Array(Type.Integer(), { description: 'That predicted the rows' }),
    left_out: Type.Array(
      Type.Object({ reason: oneOf(LEFT_OUT, 'Why'), rows: Type.Integer() }, { title: 'RowsLeftOut' }),
      { description: 'Predictions with an outcome that are no rows' },
    ),
    unseen: Type.Integer({
      description: 'Rows in which a value is missing that training never saw: the log does not keep it',
    }),
    new_classes: Type.Integer({ description: 'Rows whose outcome is a class that training never saw' }),
    weight_min: Type.Number({ format: 'double', description: 'For so many predictions a row stands at the least' }),
    weight_max: Type.Number({ format: 'double', description: 'and at the most' }),
    weights: oneOf(WEIGHTS, 'used: they are weights of the training; not_used: the model takes none'),
  },
  { title: 'RetrainingLog' },
)

export const RetrainingAnswer = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    environment: Type.String(),
    cause: oneOf(CAUSES, 'What began it'),
    note: Type.Optional(Type.String()),
    state: oneOf(
      STATES,
      'suggested: it waits for somebody who accepts it, or dismisses it; reviewing: for the review of its challenger',
    ),
    outcome: Type.Optional(oneOf(OUTCOMES, 'Of one that has ended')),
    finding: Type.Optional(Type.String({ description: 'Why, in words, and what followed' })),
    dataset_id: Type.Optional(
      Type.Integer({ format: 'int64', description: 'What the challenger learns from, where it is not the newest' }),
    ),
    log: Type.Optional(LogAnswer),
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
  const { comparison, requestedAt, requestedBy, endedAt, datasetId, heldBackDatasetId, collected } = retraining
  return {
    id: retrainingId,
    environment,
    cause,
    ...present({ note }),
    state,
    ...present({ outcome, finding, dataset_id: datasetId }),
    ...(collected === null || heldBackDatasetId === null ? {} : { log: logAnswerOf(collected, heldBackDatasetId) }),
    ...present({ model_run_id: runId, challenger, champion }),
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

function logAnswerOf(collected: Collected, heldBackDatasetId: number): Static<typeof LogAnswer> {
  const { from, to, leftOut, versions, ...counts } = collected
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    logged: counts.loggedCount,
    rows: counts.rowCount,
    held_back: counts.heldBackCount,
    held_back_dataset_id: heldBackDatasetId,
    columns_of: counts.columnsOf,
    versions: [...versions],
    left_out: Object.entries(leftOut).map(([reason, rows]) => ({ reason, rows })),
    unseen: counts.unseenCount,
    new_classes: counts.newClassCount,
    weight_min: counts.weightMin,
    weight_max: counts.weightMax,
    weights: counts.weights,
  }
}
