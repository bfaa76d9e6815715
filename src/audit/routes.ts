// GET /api/audit-events: what was changed, by whom, in pages or as a whole.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import type { OwnSchema } from '../database/own-schema/own-schema.ts'
import { ServiceError } from '../errors.ts'
import { millisecondsOf } from '../http/query-times.ts'
import { preferredForm } from '../rows/forms.ts'
import type { AuditEntry } from './audit-event.ts'
import { type AuditFilter, listEntries } from './audit-events-table.ts'
import { AuditEventAnswer, AuditEventList, answerOf } from './audit-schemas.ts'

const EXPORT_PAGE_LENGTH = 1_000
const NDJSON = 'application/x-ndjson'
const FORMS = { 'application/json': 'json', [NDJSON]: 'ndjson' } as const

const Text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 300, pattern: '^[^\\u0000]*$', description }))
const Time = (description: string) =>
  Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description, examples: ['2026-03-01T00:00:00Z'] }))

const ListQuery = Type.Object(
  {
    actor: Text('Only what this caller did, such as token/1a2b3c4d'),
    action: Text('Only this action, such as run.train'),
    resource: Text('Only what was done to this, such as run/7'),
    from: Time('Only entries of this time or later'),
    to: Time('Only earlier entries'),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Entries at the most, of a page' }),
    before: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        format: 'int64',
        description: 'Only older entries: `next` of the page before',
      }),
    ),
  },
  { additionalProperties: false },
)

const listSchema = {
  operationId: 'listAuditEvents',
  tags: ['access'],
  summary: 'What was changed, by whom, when and from where; the newest first, in pages',
  description:
    'With Accept: application/x-ndjson it answers every entry, a line each, in the same order, without regard to `limit`.',
  querystring: ListQuery,
  response: { 200: AuditEventList },
  docs: {
    answers: {
      200: {
        description: 'A page, or all as lines',
        content: {
          'application/json': { schema: AuditEventList },
          [NDJSON]: { schema: Type.String(), 'x-lines': AuditEventAnswer },
        },
      },
    },
    errors: ['ANSWER_TYPE_UNSUPPORTED', 'NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'],
  },
} as const

export const auditRoutes =
  (ownSchema: OwnSchema): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { permission: 'audit:read' } as const
    app.get('/api/audit-events', { schema: listSchema, config }, async (request, reply) => {
      const form = preferredForm(request.headers.accept, FORMS)
      if (form === undefined) {
        throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', `expected ${Object.keys(FORMS).join(' or ')} in Accept`)
      }
      const { limit, from, to, ...others } = request.query
      const filter = { ...others, from: millisecondsOf('from', from), to: millisecondsOf('to', to) }
      await ownSchema.require()
      if (form === 'ndjson') {
        const lines = Readable.from(linesOf(ownSchema, filter), { objectMode: false })
        return (reply as FastifyReply).type(`${NDJSON}; charset=utf-8`).send(lines) as never
      }
      const entries = await listEntries(ownSchema.pool, filter, limit + 1)
      const page = entries.slice(0, limit)
      const last = page.at(-1)
      const more = entries.length > limit && last !== undefined ? { next: last.eventId } : {}
      return { audit_events: page.map(answerOf), ...more }
    })
  }

/** Page by page, so that neither the database nor the worker holds them all. */
async function* linesOf({ pool }: OwnSchema, filter: AuditFilter): AsyncGenerator<string> {
  let before = filter.before
  for (;;) {
    const entries: AuditEntry[] = await listEntries(pool, { ...filter, before }, EXPORT_PAGE_LENGTH)
    if (entries.length > 0) yield entries.map((entry) => `${JSON.stringify(answerOf(entry))}\n`).join('')
    if (entries.length < EXPORT_PAGE_LENGTH) return
    before = entries.at(-1)?.eventId
  }
}
