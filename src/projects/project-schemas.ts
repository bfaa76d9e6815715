// What callers say of projects, and what they see of them.

import { type Static, Type } from '@sinclair/typebox'
import { CrossFittingParts } from '../intake/cross-fitting-docs.ts'
import { CALIBRATION_METHODS } from '../learning/calibration/probability-calibrator.ts'
import { NextPage } from '../pages.ts'
import { ALIAS_NAME, type Alias, type AliasChange, PROJECT_NAME, type Project, TASKS } from './project.ts'
import { REVIEW_MODES, REVIEW_REQUESTS } from './reviews/review.ts'
import { policyAnswerOf } from './reviews/review-policy.ts'

const NAMES_MAX = 10_000
export const Moment = (description: string) => Type.String({ format: 'date-time', description })
const Text = (maxLength: number, description: string) =>
  Type.Optional(Type.String({ maxLength, pattern: '^[^\\u0000]*$', description }))
const Columns = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), { maxItems: NAMES_MAX, description }))
/** Members of any name. No Type.Unsafe: bodies are checked against these, and TypeBox knows nothing of that. */
export const AnyObject = (description: string) => Type.Object({}, { additionalProperties: true, description })
export const TaskName = Type.String({
  pattern: `^(${TASKS.join('|')})$`,
  enum: [...TASKS],
  description: 'What is asked of the model',
})

/** Members of POST /api/runs that a project may fix and a training may say otherwise. */
export const OptionParts = {
  validation_split: Type.Optional(
    Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      format: 'double',
      description: 'Share of the rows that is held out for the metrics: [0, 1); 0 is none',
    }),
  ),
  split_seed: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      format: 'int64',
      description: 'Draws the held-out rows',
    }),
  ),
  split_by: Type.Optional(
    AnyObject('A column of times or groups that the held-out rows are taken by, as in POST /api/runs'),
  ),
  weights: Type.Optional(Type.String({ maxLength: 1000, description: 'The column with the weights of the rows' })),
  ...CrossFittingParts,
  calibration: Type.Optional(
    Type.String({
      pattern: `^(|${CALIBRATION_METHODS.join('|')})$`,
      description: `Calibrates the probabilities of a classifier: ${CALIBRATION_METHODS.join(' or ')}; an empty text is none`,
    }),
  ),
  na_values: Type.Optional(
    Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 100, description: 'Texts that mean missing' }),
  ),
  column_types: Type.Optional(AnyObject('Kinds of columns by name, as in POST /api/runs')),
}
export type Options = { readonly [Part in keyof typeof OptionParts]?: unknown }

/** Names of options, as answers tell them. */
export const OPTION_NAMES = Object.keys(OptionParts).join(', ')

export function optionsOf(members: Options): Record<string, unknown> {
  const names = Object.keys(OptionParts) as (keyof Options)[]
  return Object.fromEntries(names.filter((name) => members[name] !== undefined).map((name) => [name, members[name]]))
}

const ReviewParts = {
  mode: Type.Optional(
    Type.String({
      pattern: `^(${REVIEW_MODES.join('|')})$`,
      enum: [...REVIEW_MODES],
      description: 'automatic: what meets the policy is approved, and the rest is left to a person. Default: manual',
    }),
  ),
  request: Type.Optional(
    Type.String({
      pattern: `^(${REVIEW_REQUESTS.join('|')})$`,
      enum: [...REVIEW_REQUESTS],
      description:
        'every_version: the review of each new version is requested by itself. Default: on_demand; of an automatic policy every_version',
    }),
  ),
  metric: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[^\\u0000]*$',
      description: 'What an automatic policy judges by: validation_… or cv_…. Default: that of the project now',
    }),
  ),
  at_least: Type.Optional(
    Type.Number({
      format: 'double',
      description: 'The value must be at least as good: of an error such as log_loss at most so much',
    }),
  ),
  better_than_champion_by: Type.Optional(
    Type.Number({
      minimum: 0,
      format: 'double',
      description:
        'The value must be better by so much than that of the champion on the same rows: of the alias champion, else of what is active in production. 0: not worse',
    }),
  ),
}
const ChangePolicy = Type.Object(ReviewParts, {
  additionalProperties: false,
  title: 'ChangeReviewPolicy',
  description: 'The whole policy of reviews; an empty object is the usual one',
})

const ContentParts = {
  description: Text(2000, 'For whoever looks later'),
  task: Type.Optional(TaskName),
  owner: Text(200, 'Who answers for it'),
  tags: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$' }), {
      maxItems: 50,
      description: 'To be found by',
    }),
  ),
  model_name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The model class that its versions are trained with' }),
  ),
  parameters: Type.Optional(AnyObject('Parameters of the model; those that are absent have their defaults')),
  dataset_name: Text(200, 'A training takes the newest data set of this name where it names none'),
  labels: Columns('Label columns; without them those of the data set'),
  features: Columns('Columns to learn from; without them all but the labels'),
  metric: Text(255, 'What the leaderboard sorts by: of the held-out rows where there are any'),
  review: Type.Optional(ChangePolicy),
  ...OptionParts,
}

export const CreateProject = Type.Object(
  {
    name: Type.String({
      pattern: PROJECT_NAME,
      description: 'Small letters, digits and _ . -, a letter first; it stands in paths',
      examples: ['iris-species'],
    }),
    ...ContentParts,
    model_name: Type.String({ minLength: 1, maxLength: 255, description: ContentParts.model_name.description ?? '' }),
  },
  { additionalProperties: false, title: 'CreateProject' },
)

export const ChangeProject = Type.Object(ContentParts, { additionalProperties: false, title: 'ChangeProject' })

const ReviewPolicyAnswer = Type.Object(
  {
    mode: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...REVIEW_MODES] }),
    request: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': [...REVIEW_REQUESTS] }),
    metric: ReviewParts.metric,
    at_least: ReviewParts.at_least,
    better_than_champion_by: ReviewParts.better_than_champion_by,
  },
  { title: 'ReviewPolicy', description: 'What happens to its new versions by itself' },
)

export const ProjectAnswer = Type.Object(
  {
    id: Type.Integer({ format: 'int64' }),
    name: Type.String(),
    revision: Type.Integer({ description: 'Its ETag: what If-Match of a change says' }),
    status: Type.Unsafe<string>({ type: 'string', 'x-extensible-enum': ['active', 'archived'] }),
    description: Type.Optional(Type.String()),
    task: Type.Optional(Type.String()),
    owner: Type.Optional(Type.String()),
    tags: Type.Array(Type.String()),
    model_name: Type.String(),
    parameters: AnyObject('As they were given'),
    dataset_name: Type.Optional(Type.String()),
    labels: Type.Array(Type.String()),
    features: Type.Array(Type.String()),
    options: AnyObject(`${OPTION_NAMES}, where they were given`),
    metric: Type.Optional(Type.String()),
    review: ReviewPolicyAnswer,
    versions: Type.Integer({ description: 'How many there are: the number of the newest' }),
    created_at: Moment('When it was made'),
    created_by: Type.String({ description: 'As in the audit' }),
    changed_at: Moment('When it was changed last'),
    changed_by: Type.String(),
    archived_at: Type.Optional(Moment('When it was archived')),
    archived_by: Type.Optional(Type.String()),
  },
  { title: 'Project' },
)

export const ProjectList = Type.Object(
  {
    projects: Type.Array(ProjectAnswer, { description: 'The newest first' }),
    next: NextPage,
  },
  { title: 'ProjectList' },
)

export const AliasAnswer = Type.Object(
  {
    alias: Type.String(),
    version: Type.Integer(),
    model_run_id: Type.Integer({
      format: 'int64',
      description: 'The run that became the version: for POST /api/predict',
    }),
    revision: Type.Integer({ description: 'Its ETag: what If-Match of a change says' }),
    changed_at: Moment('When it was moved last'),
    changed_by: Type.String(),
  },
  { title: 'Alias' },
)
export const AliasList = Type.Object({ aliases: Type.Array(AliasAnswer) }, { title: 'AliasList' })
export const AliasHistory = Type.Object(
  {
    changes: Type.Array(
      Type.Object(
        {
          ...AliasAnswer.properties,
          version: Type.Optional(Type.Integer({ description: 'Absent: it was taken away' })),
          model_run_id: Type.Optional(AliasAnswer.properties.model_run_id),
        },
        { title: 'AliasChange' },
      ),
      { description: 'The newest first' },
    ),
    next: NextPage,
  },
  { title: 'AliasHistory' },
)
export const PointAlias = Type.Object(
  { version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }) },
  { additionalProperties: false, title: 'PointAlias' },
)

/** A name, or the id of a project. */
export const ProjectParts = {
  project: Type.String({
    pattern: `${PROJECT_NAME}|^[1-9][0-9]{0,14}$`,
    description: 'The name of the project, or its id',
  }),
}
export const ProjectPath = Type.Object(ProjectParts)
export const AliasPath = Type.Object({
  ...ProjectParts,
  alias: Type.String({ pattern: ALIAS_NAME, examples: ['champion'] }),
})
export const IfMatch = Type.Object({
  'if-match': Type.Optional(Type.String({ maxLength: 200, description: 'The ETag that the change was made from' })),
})

export function answerOf(project: Project): Static<typeof ProjectAnswer> {
  const { description, task, owner, datasetName, metric, archivedAt, archivedBy } = project
  return {
    id: project.projectId,
    name: project.name,
    revision: project.revision,
    status: archivedAt === null ? 'active' : 'archived',
    ...present({ description, task, owner }),
    tags: [...project.tags],
    model_name: project.modelName,
    parameters: project.parameters,
    ...present({ dataset_name: datasetName }),
    labels: [...project.labels],
    features: [...project.features],
    options: project.options,
    ...present({ metric }),
    review: policyAnswerOf(project.review),
    versions: project.versionCount,
    created_at: project.createdAt.toISOString(),
    created_by: project.createdBy,
    changed_at: project.changedAt.toISOString(),
    changed_by: project.changedBy,
    ...present({ archived_at: archivedAt?.toISOString() ?? null, archived_by: archivedBy }),
  }
}

export function aliasAnswerOf({ version, runId, ...others }: Alias): Static<typeof AliasAnswer> {
  return { version, model_run_id: runId, ...movedOf(others) }
}

export function changeAnswerOf({ version, runId, ...others }: AliasChange) {
  return { ...movedOf(others), ...present({ version, model_run_id: runId }) }
}

function movedOf({ alias, revision, changedAt, changedBy }: Omit<Alias, 'version' | 'runId'>) {
  return { alias, revision, changed_at: changedAt.toISOString(), changed_by: changedBy }
}

/** Without the members that are null. */
export function present<T extends Record<string, unknown>>(members: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as never
}
