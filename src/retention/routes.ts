// GET /api/retention: what is kept, how long, and how much is beyond its time.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Retention } from './retention.ts'

/** Counting may not take longer. */
const COUNT_TIMEOUT_MS = 20_000

const RetentionList = Type.Object(
  {
    retention: Type.Array(
      Type.Object(
        {
          name: Type.String({ examples: ['run-records'] }),
          description: Type.String({ description: 'What it is, where it lies, and which setting keeps it' }),
          kept_days: Type.Integer(),
          due: Type.Integer({ description: 'How many are older now, and go with the next turn, within an hour' }),
          in_use: Type.Integer({ description: 'How many are older too, and stay, since something needs them' }),
          reach: Type.Unsafe<string>({
            type: 'string',
            'x-extensible-enum': ['shared', 'worker'],
            description: 'shared: one worker removes for all; worker: this worker removes its own, and counts its own',
          }),
        },
        { title: 'RetentionKind' },
      ),
    ),
  },
  { title: 'RetentionList' },
)

const schema = {
  operationId: 'listRetention',
  tags: ['erasures'],
  summary: 'What is kept, for how long, and how much of it is due; removes nothing',
  response: { 200: RetentionList },
  docs: { errors: ['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] },
} as const

export const retentionRoutes =
  (retention: Retention): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/api/retention', { schema, config: { permission: 'audit:read' } }, async () => {
      const due = await retention.due(AbortSignal.timeout(COUNT_TIMEOUT_MS))
      return {
        retention: due.map(({ kind: { name, keptDays, describe, reach }, due, inUse }) => ({
          name,
          description: describe,
          kept_days: keptDays,
          due,
          in_use: inUse,
          reach,
        })),
      }
    })
  }
