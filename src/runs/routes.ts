// GET /api/runs and what is below it: what became of runs, how far those in work are, and what they say.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { Logger } from 'pino'
import { invalidRequest, ServiceError } from '../errors.ts'
import { CorrelationId } from '../intake/callers-word.ts'
import { FaultList } from '../model/faults.ts'
import { RUN_ID_MAX, RunPath } from '../model-runs/run-id.ts'
import { preferredForm } from '../rows/forms.ts'
import { STORABLE } from '../training/routes.ts'
import { isIsoTime } from './iso-time.ts'
import { type LogLine, toNdjson, toText } from './log-line.ts'
import { RunEvents } from './run-events.ts'
import type { RunJournal } from './run-journal.ts'
import type { RunReader } from './run-reader.ts'
import { RUN_EVENTS, Run, RunList, RunLogLine, RunLogLines } from './run-schemas.ts'
import { RunSearch, searchAnswerOf } from './search-schemas.ts'

export interface RunRoutesParts {
  readonly reader: RunReader
  readonly journal: RunJournal
  readonly log: Logger
}

/** Clients that follow events at the same time. */
const FOLLOWERS_MAX = 100

const LOG_FORMS = {
  'application/x-ndjson': { form: toNdjson, contentType: 'application/x-ndjson; charset=utf-8' },
  'text/plain': { form: toText, contentType: 'text/plain; charset=utf-8' },
} as const

const Time = (description: string) =>
  Type.String({
    maxLength: 40,
    description: `${description}: ISO 8601. Without a time zone it is compared as the row has it`,
    examples: ['2026-03-01T00:00:00'],
  })

const ListQuery = Type.Object(
  {
    model_name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, pattern: STORABLE, description: 'Only runs of this model' }),
    ),
    status: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255, pattern: STORABLE }), {
        maxItems: 20,
        description: 'Only runs with this run_status; several with commas between them, or repeated',
      }),
    ),
    from: Type.Optional(Time('Only runs whose run_date is this or later')),
    to: Type.Optional(Time('Only runs whose run_date is earlier')),
    correlation_id: Type.Optional(CorrelationId),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Runs at the most' }),
    before: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: RUN_ID_MAX,
        format: 'int64',
        description: 'Only runs older than this: `next` of the page before',
      }),
    ),
  },
  { additionalProperties: false },
)

const EventsHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'Id of the last event that the client has: it goes on after that' }),
  ),
})

const listSchema = {
  operationId: 'listRuns',
  tags: ['runs'],
  summary: 'Runs, the newest first, in pages',
  querystring: ListQuery,
  response: { 200: RunList },
  docs: { errors: ['DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] },
} as const

const runSchema = {
  operationId: 'getRun',
  tags: ['runs'],
  summary: 'A run with its progress, times, parameters, metrics and error',
  params: RunPath,
  response: { 200: Run },
  docs: { errors: ['RUN_UNKNOWN', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] },
} as const

const searchSchema = {
  operationId: 'getRunSearch',
  tags: ['runs'],
  summary: 'The search of a run: all trials with their parameters and scores by fold',
  description: 'Answers RUN_NOT_READY until the run has its end.',
  params: RunPath,
  response: { 200: RunSearch },
  docs: {
    errors: [
      ...(['RUN_UNKNOWN', 'SEARCH_UNKNOWN', 'RUN_FAILED', 'RUN_NOT_READY', 'ARTIFACT_UNUSABLE'] as const),
      ...(['DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const),
    ],
  },
} as const

const logSchema = {
  operationId: 'getRunLogs',
  tags: ['runs'],
  summary: 'What the worker and the model class said about the training',
  description:
    'The first and the last 64 KiB of it: of the last 500 runs that were trained by this worker, and of runs of all workers where the schema ml_worker is set up; nothing of other runs.',
  params: RunPath,
  docs: {
    answers: {
      200: {
        description: 'Lines, the oldest first',
        content: {
          'application/x-ndjson': { schema: RunLogLines, 'x-lines': RunLogLine },
          'text/plain': { schema: Type.String() },
        },
      },
    },
    errors: ['RUN_UNKNOWN', 'ANSWER_TYPE_UNSUPPORTED', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'],
  },
} as const

const eventsSchema = {
  operationId: 'followRun',
  tags: ['runs'],
  summary: 'The events of a run as they come, until its end',
  description: `Server-sent events, whose data is JSON. \`progress\`, a RunProgressEvent: \`position\` and \`progress\` of the run,
whenever they change. \`log\`, a RunLogLine: a line of its log, from the first one on. \`end\`, a Run: the whole run as
GET /api/runs/{model_run_id} answers it; then the stream ends. A client that comes back with Last-Event-ID gets the lines
that it has not had. \`x-events\` of the answer has these schemas by event.`,
  params: RunPath,
  headers: EventsHeaders,
  docs: {
    answers: {
      200: {
        description: 'Events until the end of the run',
        content: { 'text/event-stream': { schema: Type.String(), 'x-events': RUN_EVENTS } },
      },
    },
    errors: ['RUN_UNKNOWN', 'OVERLOADED', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'],
  },
} as const

const READS = { permission: 'runs:read' } as const

export const runRoutes =
  (parts: RunRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { reader, journal } = parts

    app.get('/api/runs', { schema: listSchema, config: READS }, ({ query }) => {
      const { model_name: modelName, status, from, to, correlation_id: correlationId, limit, before } = query
      refuseOtherTimes({ from, to })
      const statuses = status?.flatMap((text) => text.split(',')).filter((text) => text !== '')
      return reader.list({ modelName, statuses, from, to, correlationId, limit, before })
    })

    app.get('/api/runs/:model_run_id', { schema: runSchema, config: READS }, ({ params }) =>
      reader.find(params.model_run_id),
    )

    app.get('/api/runs/:model_run_id/search', { schema: searchSchema, config: READS }, async ({ params }) =>
      searchAnswerOf(params.model_run_id, await reader.search(params.model_run_id)),
    )

    app.get(
      '/api/runs/:model_run_id/logs',
      { schema: logSchema, config: READS },
      async ({ params, headers }, reply) => {
        const form = preferredForm(headers.accept, LOG_FORMS)
        if (form === undefined) {
          const detail = `expected one of ${Object.keys(LOG_FORMS).join(', ')} in Accept`
          throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', detail)
        }
        await reader.find(params.model_run_id)
        const lines: readonly LogLine[] = await journal.lines(params.model_run_id)
        reply.header('content-type', form.contentType)
        return reply.send(form.form(lines))
      },
    )

    const followers = new Set<RunEvents>()
    app.get('/api/runs/:model_run_id/events', { schema: eventsSchema, config: READS }, async (request, reply) => {
      const { params, headers, method } = request
      const { model_run_id: runId } = params
      await reader.find(runId)
      reply.header('content-type', 'text/event-stream; charset=utf-8')
      // There is nothing to follow in an answer without a body.
      if (method === 'HEAD') return reply.send('')
      if (followers.size >= FOLLOWERS_MAX) {
        throw new ServiceError('OVERLOADED', `${followers.size} clients follow events already`, {
          retryAfterSeconds: 5,
        })
      }
      const events = new RunEvents(parts, runId, lineIdOf(headers['last-event-id']))
      followers.add(events)
      events.once('close', () => followers.delete(events))
      // A proxy must pass on each event when it comes.
      return reply.header('x-accel-buffering', 'no').send(events)
    })
    // A stop waits for requests in flight, and these would be so until their runs end.
    app.addHook('preClose', async () => {
      for (const events of followers) events.finish()
    })
  }

/** What is no id of ours stands before all lines. */
function lineIdOf(lastEventId: string | undefined): number {
  const id = Number(lastEventId ?? 0)
  return Number.isSafeInteger(id) ? id : 0
}

/** Throws ServiceError with each time that is none. */
function refuseOtherTimes(times: Readonly<Record<string, string | undefined>>): void {
  const faults = new FaultList()
  for (const [parameter, time] of Object.entries(times)) {
    if (time === undefined || isIsoTime(time)) continue
    faults.add({
      in: 'query',
      parameter,
      detail: 'expected a date or a time in ISO 8601, as 2026-03-01 or 2026-03-01T08:30:00Z; + is %2B in a URL',
    })
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
}
