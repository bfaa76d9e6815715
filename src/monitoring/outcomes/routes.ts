// POST /api/projects/{project}/outcomes: what was true of predictions.
import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { addRefusedFaults, invalidRequest } from '../../errors.ts'
import { callerOf } from '../../http/guard.ts'
import { requestFaults } from '../../http/request-faults.ts'
import { FaultList } from '../../model/faults.ts'
import { ERRORS } from '../../pages.ts'
import { ProjectPath } from '../../projects/project-schemas.ts'
import { type ReceivedBody, whileUsed } from '../../rows/body-file.ts'
import { rowsFormOf } from '../../rows/forms.ts'
import { readDialect } from '../../rows/rows-query.ts'
import type { Outcomes } from './outcomes.ts'
import type { OutcomesReader } from './outcomes-reader.ts'
import { IdempotencyHeaders, OutcomesAnswer, OutcomesQuery, outcomesAnswerOf, outcomesBody } from './schemas.ts'

const createSchema = {
  operationId: 'createOutcomes',
  tags: ['monitoring'],
  summary: 'Say what was true of predictions',
  description:
    'By the ids that predictions were answered with, or by the key that the caller sent with their rows, in any order, any number of times, before or after a prediction is in the log. All of a request is taken, or nothing.',
  params: ProjectPath,
  querystring: OutcomesQuery,
  headers: IdempotencyHeaders,
  response: { 200: OutcomesAnswer },
  docs: {
    body: outcomesBody,
    errors: [
      ...['REQUEST_INVALID', 'PROJECT_UNKNOWN', 'PROJECT_ARCHIVED', 'BODY_MALFORMED', 'BODY_TOO_LARGE'],
      ...['IDEMPOTENCY_KEY_REUSED', 'MEMORY_EXCEEDED', 'OVERLOADED', ...ERRORS],
    ],
  },
} as const

const CREATES = { permission: 'outcomes:create', audit: 'outcome.create' } as const

export interface OutcomeRoutesParts {
  readonly outcomes: Outcomes
  readonly reader: OutcomesReader
  readonly now: () => number
}

export const outcomeRoutes =
  ({ outcomes, reader, now }: OutcomeRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const creating = { schema: createSchema, config: CREATES, attachValidation: true }
    app.post('/api/projects/:project/outcomes', creating, async (request) => {
      const { body } = request as { body?: ReceivedBody }
      const faults = requestFaults(request)
      const form = rowsFormOf(request.mediaType)
      const ofDialect = new FaultList()
      const dialect = readDialect(request.query, form, ofDialect)
      const reading = { form, dialect, now: now() }
      faults.addAll(ofDialect)
      if (!faults.isEmpty) {
        // What is wrong with the rows is told beside it, where they can be read.
        if (form === 'json' || ofDialect.isEmpty) {
          await addRefusedFaults(
            whileUsed(body, () => reader.read(body, { ...reading, takesKeys: true })),
            faults,
          )
        }
        throw invalidRequest(faults)
      }
      const { 'idempotency-key': idempotencyKey } = request.headers as { 'idempotency-key'?: string }
      const given = await whileUsed(body, async () => {
        const takesKeys = await outcomes.takesKeys(request.params.project)
        return reader.read(body, { ...reading, takesKeys })
      })
      const digest = createHash('sha256')
        .update(
          JSON.stringify(
            given.map(({ predictionId, key, outcome, occurredAt }) => [predictionId ?? { key }, outcome, occurredAt]),
          ),
        )
        .digest('hex')
      const caller = callerOf(request)
      return outcomesAnswerOf(await outcomes.take(request.params.project, { given, idempotencyKey, digest }, caller))
    })
  }
