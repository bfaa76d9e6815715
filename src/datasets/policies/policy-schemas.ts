// What a policy says: what is trained when a data set of its name is uploaded, in the words of POST /api/runs.
import { type Static, Type } from '@sinclair/typebox'
import { CrossFittingParts } from '../../intake/cross-fitting-docs.ts'
import { NAME_PATTERN } from '../dataset.ts'

const NAMES_MAX = 10_000
const Column = Type.String({ maxLength: 1000 })
const Columns = (description: string) => Type.Array(Column, { minItems: 1, maxItems: NAMES_MAX, description })
const Anything = (description: string, type: string) => Type.Unsafe<unknown>({ type, description })

/** What is held to the data set when it comes; here to its shape alone. */
export const PolicyTraining = Type.Object(
  {
    labels: Type.Optional(Columns('Label columns; without them those that the data set is uploaded with')),
    features: Type.Optional(Columns('Columns to learn from; without them all but the labels')),
    parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Of the model' })),
    validation_split: Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1, format: 'double' })),
    split_seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' })),
    split_by: Type.Optional(Type.Union([Column, Type.Object({ column: Column, as: Type.Optional(Type.String()) })])),
    weights: Type.Optional(Column),
    ...CrossFittingParts,
    na_values: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]), { maxItems: 100 })),
    column_types: Type.Optional(Type.Record(Type.String(), Type.String())),
    extra_columns: Type.Optional(Type.String()),
    search: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'As in POST /api/runs' })),
  },
  { additionalProperties: false },
)
export type PolicyTraining = Static<typeof PolicyTraining>

export interface DatasetPolicy {
  /** Of the data sets. */
  readonly name: string
  /** Counts its changes, from 1. */
  readonly revision: number
  readonly modelName: string
  readonly training: PolicyTraining
  readonly changedAt: Date
  readonly changedBy: string
}

const modelName = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'The model that is trained; auto_classifier and auto_regressor choose among estimators',
})

export const PutPolicy = Type.Object(
  { model_name: modelName, ...PolicyTraining.properties },
  { additionalProperties: false, title: 'PutDatasetPolicy' },
)

/** In the document: a value of several types is no class of a client. */
const documented = {
  ...PolicyTraining.properties,
  parameters: Type.Optional(Anything('Of the model', 'object')),
  split_by: Type.Optional(Type.Any({ description: 'As in POST /api/runs: a column, or column and as' })),
  na_values: Type.Optional(Anything('As in POST /api/runs: a list', 'array')),
  column_types: Type.Optional(Anything('As in POST /api/runs: types by column', 'object')),
}

export const PutPolicyDocs = Type.Object(
  { model_name: modelName, ...documented },
  { additionalProperties: false, title: 'PutDatasetPolicy' },
)

export const PolicyName = Type.String({ pattern: NAME_PATTERN, description: 'The name of data sets' })

export const PolicyAnswer = Type.Object(
  {
    name: Type.String(),
    revision: Type.Integer({ description: 'For If-Match, in quotes' }),
    model_name: Type.String(),
    training: Type.Unsafe<object>({
      type: 'object',
      additionalProperties: true,
      description: 'All else that was said of the training',
    }),
    changed_at: Type.String({ format: 'date-time' }),
    changed_by: Type.String({ description: 'As in the audit' }),
  },
  { title: 'DatasetPolicy' },
)

export const PolicyList = Type.Object(
  {
    policies: Type.Array(PolicyAnswer, { description: 'By name' }),
    next: Type.Optional(Type.String({ description: '`cursor` of the next page; absent on the last' })),
  },
  { title: 'DatasetPolicyList' },
)

export function policyAnswerOf({ name, revision, modelName, training, changedAt, changedBy }: DatasetPolicy) {
  return {
    ...{ name, revision, model_name: modelName, training },
    ...{ changed_at: changedAt.toISOString(), changed_by: changedBy },
  }
}
