// /api/erasures: what is kept of a person is erased by a column's value, and what came of that.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { callerOf } from '../http/guard.ts'
import { mentionsOf } from '../model/sought-value.ts'
import { NextPage } from '../pages.ts'
import { readMembers } from '../rows/json-members.ts'
import type { MemberFaults, WellFormed } from '../rows/member-faults.ts'
import type { Erasures } from './erasures.ts'
import type { ErasureRow } from './erasures-table.ts'

const LIST_MAX = 200
const VALUE_LENGTH_MAX = 10_000

const column = Type.String({ minLength: 1, maxLength: 1_000, description: 'Name of a column of features or labels' })
const note = Type.Optional(
  Type.String({
    maxLength: 500,
    pattern: '^[^\\u0000-\\u001f]*$',
    description: 'For whoever looks later, such as the number of a request; it must not have the value in it',
  }),
)
const VALUE_DETAIL =
  'The value of the rows that go: a text, a number or a boolean. A number and a text that reads as it are the same. It is kept nowhere'

const CreateErasure = Type.Object(
  {
    column,
    value: Type.Union([Type.String({ maxLength: VALUE_LENGTH_MAX }), Type.Number(), Type.Boolean()]),
    note,
  },
  { additionalProperties: false, title: 'CreateErasure' },
)
/** In the document: a value of several types is no class of a client. */
const CreateErasureDocs = Type.Object(
  {
    column,
    value: Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'], description: VALUE_DETAIL }),
    note,
  },
  { additionalProperties: false, title: 'CreateErasure' },
)

const IdInAnswer = Type.Integer({ format: 'int64' })
const RunList = (description: string) =>
  Type.Array(
    Type.Object(
      {
        model_run_id: IdInAnswer,
        model_name: Type.Optional(Type.String({ description: 'Absent where the row of the run is gone' })),
      },
      { title: 'ErasureRun' },
    ),
    { description },
  )
const Moment = (description: string) => Type.String({ format: 'date-time', description })

const ErasureAnswer = Type.Object(
  {
    erasure_id: Type.Integer({ format: 'int64' }),
    column: Type.String(),
    note: Type.Optional(Type.String()),
    state: Type.Unsafe<string>({
      type: 'string',
      'x-extensible-enum': ['running', 'done', 'failed', 'interrupted'],
      description:
        'running: it waits or is at work; done; failed: a part could not be done, as reason says; interrupted: its worker stopped. The last two are to be asked again',
    }),
    reason: Type.Optional(Type.String({ description: 'Why it failed or was interrupted' })),
    requested_at: Moment('When it was asked'),
    requested_by: Type.String({ description: 'As in the audit' }),
    ended_at: Type.Optional(Moment('When it had its end')),
    erased: Type.Array(
      Type.Object(
        {
          room: Type.String({ description: 'Which part of the worker' }),
          what: Type.String({ description: 'Such as rows, or log lines in files' }),
          count: Type.Integer(),
        },
        { title: 'ErasedCount' },
      ),
      { description: 'What is gone; empty where nothing was found' },
    ),
    remaining: Type.Array(
      Type.Object(
        {
          room: Type.String(),
          place: Type.String({ description: 'Where the value may still be, in words' }),
          model_run_ids: Type.Array(IdInAnswer, { description: 'The runs it is about, where it is about runs' }),
        },
        { title: 'ErasureRemaining' },
      ),
      { description: 'What the worker cannot or may not erase' },
    ),
    datasets: Type.Array(
      Type.Object(
        {
          dataset_id: IdInAnswer,
          rows: Type.Integer({ format: 'int64', description: 'Rows that are gone' }),
          rows_left: Type.Integer({
            format: 'int64',
            description: 'Rows that the data set has now; 0: its content is deleted',
          }),
        },
        { title: 'ErasureDataset' },
      ),
      { description: 'Data sets that were written anew without the rows, or deleted; 10,000 at the most' },
    ),
    in_training: RunList(
      'Runs that were learning from such rows: ask again when they have ended, or cancel them before',
    ),
    trained_on: RunList(
      'Runs that were trained from one of these data sets, and those whose results know the value as a level of the column; 10,000 at the most',
    ),
    undetermined: RunList(
      'Runs of which it cannot be told: the column was one of numbers or times, which results do not keep, or the result cannot be read; 10,000 at the most',
    ),
  },
  { title: 'Erasure' },
)
const ErasureList = Type.Object(
  {
    erasures: Type.Array(
      Type.Object(
        {
          erasure_id: Type.Integer({ format: 'int64' }),
          column: Type.String(),
          note: Type.Optional(Type.String()),
          state: ErasureAnswer.properties.state,
          requested_at: ErasureAnswer.properties.requested_at,
          requested_by: ErasureAnswer.properties.requested_by,
          ended_at: ErasureAnswer.properties.ended_at,
        },
        { title: 'ErasureSummary' },
      ),
      { description: 'The newest first' },
    ),
    next: NextPage,
  },
  { title: 'ErasureList' },
)

const ErasureId = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' })
const ErasurePath = Type.Object({ erasure_id: ErasureId })
const ListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: LIST_MAX, default: 50, description: 'Erasures at the most' }),
    before: Type.Optional({ ...ErasureId, description: '`next` of the page before' }),
  },
  { additionalProperties: false },
)
const Headers = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[\\u0021-\\u007e]+$',
      description:
        'The same key with the same body is the same erasure, as long as this worker runs; to erase twice does no harm',
    }),
  ),
})

const ERRORS = ['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const
const createSchema = {
  operationId: 'createErasure',
  tags: ['erasures'],
  summary: "Erase what the worker keeps with a column's value",
  description:
    'Answers at once; what came of it stands in the erasure. The value is stored, logged and audited nowhere: whoever asks keeps it. Each worker erases in its own folder, so that each is asked.',
  headers: Headers,
  response: { 202: ErasureAnswer },
  docs: {
    body: {
      'application/json': {
        schema: CreateErasureDocs,
        examples: { person: { value: { column: 'customer_id', value: 'C-20931', note: 'request 17 of 2 March' } } },
      },
    },
    errors: ['REQUEST_INVALID', 'IDEMPOTENCY_KEY_REUSED', 'SHUTTING_DOWN', ...ERRORS],
  },
} as const
const listSchema = {
  operationId: 'listErasures',
  tags: ['erasures'],
  summary: 'Erasures, the newest first, in pages',
  querystring: ListQuery,
  response: { 200: ErasureList },
  docs: { errors: ERRORS },
} as const
const getSchema = {
  operationId: 'getErasure',
  tags: ['erasures'],
  summary: 'What came of an erasure, and which runs were trained on such rows',
  params: ErasurePath,
  response: { 200: ErasureAnswer },
  docs: { errors: ['ERASURE_UNKNOWN', ...ERRORS] },
} as const

export interface ErasureRoutesParts {
  readonly ownSchema: OwnSchema
  readonly erasures: Erasures
  readonly modelNames: (runIds: readonly number[]) => Promise<ReadonlyMap<number, string>>
}

export const erasureRoutes =
  ({ ownSchema, erasures, modelNames }: ErasureRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const permission = 'erasures:create' as const
    const answerOf = async (row: ErasureRow) => {
      const names = await modelNames([...row.inTraining, ...row.trainedOn, ...row.undetermined])
      const runs = (runIds: readonly number[]) =>
        runIds.map((runId) => {
          const name = names.get(runId)
          return { model_run_id: runId, ...(name === undefined ? {} : { model_name: name }) }
        })
      return {
        ...summaryOf(row),
        ...(row.reason === null ? {} : { reason: row.reason }),
        erased: row.erased.map((each) => ({ ...each })),
        remaining: row.remaining.map(({ room, place, runIds }) => ({ room, place, model_run_ids: [...runIds] })),
        datasets: row.datasets.map(({ datasetId, rows, left }) => ({ dataset_id: datasetId, rows, rows_left: left })),
        in_training: runs(row.inTraining),
        trained_on: runs(row.trainedOn),
        undetermined: runs(row.undetermined),
      }
    }

    const creating = { schema: createSchema, config: { permission, audit: 'erasure.create' as const } }
    app.post('/api/erasures', creating, async (request, reply) => {
      const { column, value, note = null } = readMembers(request, CreateErasure, addNoteFault)
      const { 'idempotency-key': idempotencyKey } = request.headers
      const row = await erasures.begin({ column, value, note, idempotencyKey }, callerOf(request))
      reply.code(202).header('location', `/api/erasures/${row.erasureId}`)
      return answerOf(row)
    })

    app.get('/api/erasures', { schema: listSchema, config: { permission } }, async ({ query: { limit, before } }) => {
      await ownSchema.require()
      const rows = await erasures.list(limit + 1, before)
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const more = rows.length > limit && last !== undefined ? { next: last.erasureId } : {}
      return { erasures: page.map(summaryOf), ...more }
    })

    app.get('/api/erasures/:erasure_id', { schema: getSchema, config: { permission } }, async ({ params }) => {
      await ownSchema.require()
      return answerOf(await erasures.require(params.erasure_id))
    })
  }

function summaryOf(row: ErasureRow) {
  return {
    erasure_id: row.erasureId,
    column: row.column,
    ...(row.note === null ? {} : { note: row.note }),
    state: row.state,
    requested_at: row.requestedAt.toISOString(),
    requested_by: row.requestedBy,
    ...(row.endedAt === null ? {} : { ended_at: row.endedAt.toISOString() }),
  }
}

function addNoteFault({ value, note }: WellFormed<Static<typeof CreateErasure>>, faults: MemberFaults): void {
  if (value === undefined || note === undefined || !mentionsOf(value)?.(note)) return
  faults.add({ in: 'body', parameter: 'note', detail: 'it has the value in it, and would be kept' })
}
