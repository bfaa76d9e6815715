// GET /api/runs/{id}/report and /artifacts: a finished training in pictures, and the data behind them.

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendPage } from '../http/html-page.ts'
import { isKnownEtag } from '../http/known-etag.ts'
import { RunPath } from '../model-runs/run-id.ts'
import { PAGE_POLICY } from './page/document.ts'
import { artifactsAnswer, artifactsOf, reportAnswer, unchangedAnswer } from './report-docs.ts'
import type { RunReport, RunReports } from './run-reports.ts'

/** Moves when the same data gives another page. */
const PAGE_VERSION = 2

const common = {
  tags: ['runs'],
  params: RunPath,
} as const
const errors = [
  'RUN_UNKNOWN',
  'RUN_FAILED',
  'ARTIFACT_UNUSABLE',
  'DATABASE_UNAVAILABLE',
  'TABLES_UNUSABLE',
  'RUN_NOT_READY',
] as const

const reportSchema = {
  ...common,
  operationId: 'getRunReport',
  summary: 'Show a finished training in pictures',
  description: 'Answers RUN_NOT_READY while the run waits for its training or is in it.',
  docs: { answers: { 200: reportAnswer, 304: unchangedAnswer }, errors },
} as const

const artifactsSchema = {
  ...common,
  operationId: 'getRunArtifacts',
  summary: 'Get the data behind the pictures of a training',
  description: 'Answers RUN_NOT_READY while the run waits for its training or is in it.',
  docs: { answers: { 200: artifactsAnswer, 304: unchangedAnswer }, errors },
} as const

const READS = { permission: 'runs:read' } as const

export const reportRoutes =
  (reports: RunReports): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/api/runs/:model_run_id/report', { schema: reportSchema, config: READS }, async (request, reply) => {
      const found = await reports.read(request.params.model_run_id)
      if (isUnchanged(request, reply, found)) return reply.code(304).send()
      const page = await reports.page(found)
      return sendPage(reply, PAGE_POLICY, page)
    })

    app.get('/api/runs/:model_run_id/artifacts', { schema: artifactsSchema, config: READS }, async (request, reply) => {
      const found = await reports.read(request.params.model_run_id)
      if (isUnchanged(request, reply, found)) return reply.code(304).send()
      return reply
        .type('application/json; charset=utf-8')
        .serializer(JSON.stringify)
        .send(artifactsOf(found, await reports.charts(found)))
    })
  }

/**
 * A result never changes, but what is drawn of it may with the next version of the worker. No browser keeps it; a caller
 * that does sends its ETag.
 */
function isUnchanged({ headers }: FastifyRequest, reply: FastifyReply, { digest }: RunReport): boolean {
  const etag = `"${digest.slice(0, 32)}-${PAGE_VERSION}"`
  reply.header('etag', etag)
  return isKnownEtag(headers, etag)
}
