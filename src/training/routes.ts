// POST /api/train and POST /api/runs: accept a training, which follows in the background.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Audit } from '../audit/audit.ts'
import { invalidRequest } from '../errors.ts'
import { callerOf } from '../http/guard.ts'
import { requestFaults } from '../http/request-faults.ts'
import { traceparentOf } from '../http/request-trace.ts'
import { CorrelationId, IdempotencyKey } from '../intake/callers-word.ts'
import type { Warning } from '../learning/warnings.ts'
import { EXTRA_COLUMNS_DETAIL } from '../model/extra-columns.ts'
import { RunWarning } from '../model/run-warning.ts'
import { AnsweredRunId, RunId, RunPath } from '../model-runs/run-id.ts'
import { type ReceivedBody, whileUsed } from '../rows/body-file.ts'
import { rowsFormOf } from '../rows/forms.ts'
import { CsvParts } from '../rows/row-docs.ts'
import { readRowsQuery } from '../rows/rows-query.ts'
import type { Acceptance } from './acceptance.ts'
import { runBody, trainingBody } from './request-docs.ts'
import type { Trainings } from './trainings.ts'

/** What a JSON body has itself, and rows in another form do not. */
const RowsParts = {
  labels: Type.Optional(Type.String({ description: 'label columns of rows that are not JSON: a,b or ["a","b"]' })),
  parameters: Type.Optional(Type.String({ description: 'parameters of the model, as JSON' })),
  validation_split: Type.Optional(Type.String({ description: 'fraction of the rows that is held out' })),
  split_seed: Type.Optional(Type.String({ description: 'integer that draws the rows that are held out; default 0' })),
  split_by: Type.Optional(
    Type.String({
      description: 'column that the held-out rows are chosen by: its name, or {"column": …, "as": "time" or "group"}',
    }),
  ),
  weights: Type.Optional(Type.String({ description: 'column that says how much each row counts' })),
  cross_validation: Type.Optional(
    Type.String({ description: 'number of folds, or JSON: {"folds": 5, "repeats": 1, "kind": …, "column": …}' }),
  ),
  calibration: Type.Optional(Type.String({ description: 'of the probabilities: sigmoid or isotonic' })),
  threshold: Type.Optional(
    Type.String({ description: 'of two classes: a number, or JSON with one of "value", "metric" and "costs"' }),
  ),
  na_values: Type.Optional(
    Type.String({ description: 'what stands for a missing value besides the known marks: -999,unknown or ["a,b"]' }),
  ),
  column_types: Type.Optional(
    Type.String({ description: 'JSON object that says "numeric", "categorical", "time" or "text" by column' }),
  ),
  extra_columns: Type.Optional(Type.String({ description: EXTRA_COLUMNS_DETAIL })),
  search: Type.Optional(
    Type.String({ description: 'search for parameters, as JSON: strategy, space and what they need' }),
  ),
  ...CsvParts,
}

/** Text that PostgreSQL can have: it takes no U+0000. */
export const STORABLE = '^[^\\u0000]*$'

const ModelName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: STORABLE,
  description: 'name of a row of models',
})

const correlation_id = Type.Optional(CorrelationId)

const CreateQuery = Type.Object(
  { model_name: Type.Optional(ModelName), ...RowsParts, correlation_id },
  { additionalProperties: false },
)

const CreateHeaders = Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) })

const TrainQuery = Type.Object(
  {
    model_name: Type.String({ ...ModelName, examples: ['iris_species'] }),
    model_run_id: RunId,
    ...RowsParts,
    correlation_id,
  },
  { additionalProperties: false },
)

const TrainingAccepted = Type.Object(
  {
    status: Type.Literal('accepted'),
    model_name: Type.String(),
    model_run_id: AnsweredRunId,
    warnings: Type.Unsafe<readonly Warning[]>(
      Type.Array(RunWarning, {
        description: 'What was decided about the rows when they were read; the run has all of its end',
      }),
    ),
  },
  { title: 'TrainingAccepted', description: 'Accepted: the training will have an end, whatever happens to the worker' },
)

const RunCancelled = Type.Object(
  { status: Type.Literal('cancelled'), model_run_id: AnsweredRunId },
  { title: 'RunCancelled', description: 'The run has ended as FAILED with error_code "cancelled"' },
)

const ACCEPT_ERRORS = [
  'MODEL_UNKNOWN',
  'MODEL_UNAVAILABLE',
  'MODEL_UNREGISTERED',
  'DATASET_UNKNOWN',
  'DATASET_DELETED',
  'STORAGE_UNAVAILABLE',
  'NOT_SET_UP',
  'RUN_HELD_ELSEWHERE',
  'DATABASE_UNAVAILABLE',
  'TABLES_UNUSABLE',
  'QUEUE_FULL',
  'SHUTTING_DOWN',
] as const

const trainSchema = {
  operationId: 'train',
  tags: ['training'],
  summary: 'Train a run whose row the caller has made',
  description:
    'Answers at once; the training follows, and its end is written into the run. The same request again changes nothing.',
  querystring: TrainQuery,
  response: { 200: TrainingAccepted },
  docs: {
    body: trainingBody,
    errors: [...ACCEPT_ERRORS, 'RUN_UNKNOWN', 'RUN_OF_ANOTHER_MODEL', 'RUN_FINISHED', 'RUN_ACCEPTED_DIFFERENTLY'],
  },
} as const

const createSchema = {
  operationId: 'createRun',
  tags: ['training'],
  summary: 'Make a run and train it',
  description:
    'For callers that have no row in model_runs. Answers at once; the training follows. With an Idempotency-Key a call whose answer got lost can be sent again.',
  querystring: CreateQuery,
  headers: CreateHeaders,
  response: { 201: TrainingAccepted },
  docs: { body: runBody, errors: [...ACCEPT_ERRORS, 'RUN_NOT_CREATABLE', 'IDEMPOTENCY_KEY_REUSED'] },
} as const

const cancelSchema = {
  operationId: 'cancelRun',
  tags: ['training'],
  summary: 'Cancel a training that waits or is in work',
  params: RunPath,
  response: { 200: RunCancelled },
  docs: { errors: ['RUN_UNKNOWN', 'RUN_FINISHED', 'RUN_HELD_ELSEWHERE', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] },
} as const

const TRAINS = { permission: 'runs:create', audit: 'run.train' } as const
const CANCELS = { permission: 'runs:create', audit: 'run.cancel' } as const

export const trainingRoutes =
  (acceptance: Acceptance, trainings: Trainings, audit: Audit): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/api/train', { schema: trainSchema, config: TRAINS, attachValidation: true }, async (request) => {
      const { model_name, model_run_id } = request.query
      const faults = requestFaults(request)
      // Without a model there is nothing to hold the body to.
      if (!faults.isEmpty && !Value.Check(TrainQuery.properties.model_name, model_name)) throw invalidRequest(faults)
      const { body } = request as { body?: ReceivedBody }
      const form = rowsFormOf(request.mediaType)
      const query = readRowsQuery(request.query, form, faults)
      const traceparent = traceparentOf(request)
      const { correlation_id: correlationId } = request.query
      const head = {
        modelName: model_name,
        runId: model_run_id,
        form,
        query,
        faults,
        traceparent,
        correlationId,
        caller: callerOf(request),
      }
      const warnings = await whileUsed(body, () => acceptance.accept({ ...head, body }))
      return { status: 'accepted' as const, model_name, model_run_id, warnings }
    })

    app.post('/api/runs', { schema: createSchema, config: TRAINS, attachValidation: true }, async (request, reply) => {
      const faults = requestFaults(request)
      const form = rowsFormOf(request.mediaType)
      const query = readRowsQuery(request.query, form, faults)
      const given = request.query.model_name
      if (form === 'json' && given !== undefined) {
        faults.add({ in: 'query', parameter: 'model_name', detail: 'with application/json it stands in the body' })
      }
      const traceparent = traceparentOf(request)
      const { correlation_id: correlationId } = request.query
      const { 'idempotency-key': idempotencyKey } = request.headers
      const modelOfQuery = form === 'json' ? undefined : given
      const head = {
        modelName: modelOfQuery,
        form,
        query,
        faults,
        traceparent,
        correlationId,
        idempotencyKey,
        caller: callerOf(request),
      }
      const { body } = request as { body?: ReceivedBody }
      const { modelName, runId, warnings } = await whileUsed(body, () => acceptance.create({ ...head, body }))
      reply.code(201)
      return { status: 'accepted' as const, model_name: modelName, model_run_id: runId, warnings }
    })

    app.post('/api/runs/:model_run_id/cancel', { schema: cancelSchema, config: CANCELS }, async (request) => {
      const { model_run_id } = request.params
      // Of any other run nothing is changed here.
      if (trainings.isAccepted(model_run_id)) {
        await audit.announce({ caller: callerOf(request), action: 'run.cancel', resource: `run/${model_run_id}` })
      }
      await trainings.cancel(model_run_id)
      return { status: 'cancelled' as const, model_run_id }
    })
  }
