// What projects say of their monitoring, and the predictions that are kept.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyReply } from 'fastify'
import { ServiceError } from '../../errors.ts'
import { callerOf } from '../../http/guard.ts'
import { millisecondsOf } from '../../http/query-times.ts'
import { ERRORS } from '../../pages.ts'
import { IfMatch, ProjectPath } from '../../projects/project-schemas.ts'
import { tagOf } from '../../revisions.ts'
import { ANSWER_CONTENT_TYPES, preferredForm } from '../../rows/forms.ts'
import { readMembers } from '../../rows/json-members.ts'
import { type TableBlock, writeArrow } from '../../rows/write-arrow.ts'
import { headerLine, writeLines } from '../../rows/write-csv.ts'
import type { LoggedPredictions } from './logged-predictions.ts'
import { addWordFaults, answerOf, MonitoringAnswer, PutMonitoring, wordsOf } from './monitoring-schemas.ts'
import type { MonitoringSettings } from './monitoring-settings.ts'
import {
  ContentQuery,
  ListQuery,
  PredictionAnswer,
  PredictionList,
  PredictionPath,
  predictionAnswerOf,
} from './prediction-schemas.ts'

const CONTENT_FORMS = { 'text/csv': 'csv', 'application/vnd.apache.arrow.stream': 'arrow' } as const
const OF_PROJECT = ['PROJECT_UNKNOWN', ...ERRORS] as const
const OF_ROWS = ['VERSION_UNKNOWN', 'ARTIFACT_UNUSABLE', ...OF_PROJECT] as const
const tags = ['monitoring'] as const

const getSettingsSchema = {
  operationId: 'getMonitoring',
  tags,
  summary: 'What is kept and judged of what a project predicts',
  params: ProjectPath,
  response: { 200: MonitoringAnswer },
  docs: { errors: OF_PROJECT },
} as const
const putSettingsSchema = {
  operationId: 'putMonitoring',
  tags,
  summary: 'Say what is kept and judged of what a project predicts',
  description: 'All workers know of it within some seconds. What is kept already stays until its time is over.',
  params: ProjectPath,
  headers: IfMatch,
  response: { 200: MonitoringAnswer },
  docs: {
    body: {
      'application/json': { schema: PutMonitoring, examples: { tenth: { value: { log: 'sampled', rate: 0.1 } } } },
    },
    errors: [
      'REQUEST_INVALID',
      'PROJECT_ARCHIVED',
      'PROJECT_IN_USE',
      'PRECONDITION_FAILED',
      'PRECONDITION_REQUIRED',
      ...OF_PROJECT,
    ],
  },
} as const
const listSchema = {
  operationId: 'listKeptPredictions',
  tags,
  summary: 'Predictions that are kept, the newest first, in pages',
  params: ProjectPath,
  querystring: ListQuery,
  docs: {
    answers: { 200: { description: 'A page', content: { 'application/json': { schema: PredictionList } } } },
    errors: OF_ROWS,
  },
} as const
const getSchema = {
  operationId: 'getKeptPrediction',
  tags,
  summary: 'A prediction that is kept',
  params: PredictionPath,
  docs: {
    answers: { 200: { description: 'As it was made', content: { 'application/json': { schema: PredictionAnswer } } } },
    errors: ['PREDICTION_UNKNOWN', ...OF_PROJECT],
  },
} as const
const contentSchema = {
  operationId: 'getKeptPredictionsContent',
  tags,
  summary: 'The kept predictions of a version as one table, the oldest first',
  description:
    'CSV, or Arrow where Accept says so. The columns of the version come first, by their names; behind them prediction.at, prediction.answer and others. It ends with what is there when it is asked for.',
  params: ProjectPath,
  querystring: ContentQuery,
  docs: {
    answers: {
      200: {
        description: 'A table, as it is read',
        content: {
          'text/csv': { schema: Type.String() },
          'application/vnd.apache.arrow.stream': { schema: Type.String({ format: 'binary' }) },
        },
      },
    },
    errors: ['ANSWER_TYPE_UNSUPPORTED', ...OF_ROWS],
  },
} as const

const SEES = { permission: 'monitoring:read' } as const
const SETS = { permission: 'monitoring:write', audit: 'monitoring.put' } as const
const READS = { permission: 'predictions:read' } as const

export interface LogRoutesParts {
  readonly settings: MonitoringSettings
  readonly predictions: LoggedPredictions
  readonly now?: () => number
}

export const logRoutes =
  ({ settings, predictions, now = Date.now }: LogRoutesParts): FastifyPluginAsyncTypebox =>
  async (app) => {
    const ofProject = '/api/projects/:project/monitoring'
    app.get(ofProject, { schema: getSettingsSchema, config: SEES }, async ({ params }, reply) => {
      const { words, stored } = await settings.find(params.project)
      if (stored !== undefined) reply.header('etag', tagOf(stored.revision))
      return answerOf(words, stored)
    })

    app.put(ofProject, { schema: putSettingsSchema, config: SETS }, async (request, reply) => {
      const words = wordsOf(readMembers(request, PutMonitoring, addWordFaults))
      const { params, headers } = request
      const stored = await settings.put(params.project, words, headers['if-match'], callerOf(request))
      reply.header('etag', tagOf(stored.revision))
      return answerOf(stored.words, stored)
    })

    const path = '/api/projects/:project/predictions'
    app.get(path, { schema: listSchema, config: READS }, async ({ params, query }, reply) => {
      const { limit, before } = query
      const found = await predictions.list(params.project, askedOf(query), limit + 1, before)
      const page = found.slice(0, limit)
      const next = found.length > limit ? page.at(-1)?.stored.predictionId : undefined
      const answer = { predictions: page.map(predictionAnswerOf), ...(next === undefined ? {} : { next }) }
      return sendJson(reply, answer)
    })

    app.get(`${path}/content`, { schema: contentSchema, config: READS }, async ({ params, query, headers }, reply) => {
      const form = preferredForm(headers.accept, CONTENT_FORMS)
      if (form === undefined) {
        const detail = `expected one of ${Object.keys(CONTENT_FORMS).join(', ')} in Accept`
        throw new ServiceError('ANSWER_TYPE_UNSUPPORTED', detail)
      }
      const { to = now(), ...asked } = askedOf(query)
      const blocks = await predictions.content(params.project, { ...asked, version: query.version, to })
      const fileName = encodeURIComponent(`${params.project}-${query.version}-predictions.${form}`)
      reply.header('content-disposition', `attachment; filename*=UTF-8''${fileName}`)
      return reply
        .type(ANSWER_CONTENT_TYPES[form])
        .send(Readable.from(form === 'arrow' ? writeArrow(blocks) : writeCsv(blocks), { objectMode: false }))
    })

    app.get(`${path}/:prediction_id`, { schema: getSchema, config: READS }, async ({ params }, reply) => {
      return sendJson(reply, predictionAnswerOf(await predictions.find(params.project, params.prediction_id)))
    })
  }

type AskedQuery = Omit<(typeof ListQuery)['static'], 'limit' | 'before'>

function askedOf({ version, environment, deployment, from, to, answer, key, has_outcome, anomalous }: AskedQuery) {
  const times = { from: millisecondsOf('from', from), to: millisecondsOf('to', to) }
  const marks = { hasOutcome: has_outcome, isAnomalous: anomalous }
  return { version, environment, deploymentId: deployment, ...times, answer, key, ...marks }
}

/** Column names are data: a serializer of a schema would leave some out. */
function sendJson(reply: FastifyReply, answer: object) {
  return reply.type(ANSWER_CONTENT_TYPES.json).serializer(String).send(JSON.stringify(answer))
}

async function* writeCsv(blocks: AsyncIterable<TableBlock>): AsyncGenerator<string> {
  let isFirst = true
  for await (const block of blocks) {
    yield* writeLines(block, isFirst ? headerLine(block) : '')
    isFirst = false
  }
}
