// GET /api/runs/{id}/export: a finished run as a file that other runtimes score.
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { isKnownEtag } from '../../http/known-etag.ts'
import { RunPath } from '../../model-runs/run-id.ts'
import type { RunExports } from './run-exports.ts'

const MEDIA_TYPE = 'application/octet-stream'

const ExportQuery = Type.Object(
  {
    format: Type.Unsafe<'onnx'>({
      type: 'string',
      enum: ['onnx'],
      description: 'What is written: `onnx`, with ai.onnx 21 and ai.onnx.ml 5',
      examples: ['onnx'],
    }),
  },
  { additionalProperties: false },
)

const headers = {
  etag: Type.String({ description: 'SHA-256 of the file; If-None-Match gives 304 while it is the same' }),
}

const exportSchema = {
  operationId: 'exportRun',
  tags: ['runs'],
  summary: 'A finished run in one file of ONNX, for other runtimes: docs/frameworks.md says how exact it is',
  description:
    'Inputs are the features, one each; outputs the labels and the probabilities of their classes. The metadata of the file says what stands for a missing value, and which run it is. Answers RUN_NOT_READY until the run has its end, and EXPORT_UNSUPPORTED with every step and estimator that ONNX cannot say.',
  params: RunPath,
  querystring: ExportQuery,
  docs: {
    answers: {
      200: {
        description: 'The file; the same run gives the same bytes',
        headers,
        content: { [MEDIA_TYPE]: { schema: Type.String({ format: 'binary' }) } },
      },
      304: { description: 'The file is the one whose ETag stands in If-None-Match', headers, content: {} },
    },
    errors: [
      ...(['RUN_UNKNOWN', 'RUN_FAILED', 'RUN_NOT_READY', 'MODEL_UNAVAILABLE', 'ARTIFACT_UNUSABLE'] as const),
      ...(['VERSION_UNTRUSTED', 'EXPORT_UNSUPPORTED', 'MEMORY_EXCEEDED', 'OVERLOADED'] as const),
      ...(['NOT_SET_UP', 'DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'] as const),
    ],
  },
} as const

/** As a bundle: what was learned leaves the worker. */
const READS = { permission: 'deployments:read' } as const

export const exportRoutes =
  (exports: RunExports): FastifyPluginAsyncTypebox =>
  async (app) => {
    const path = '/api/runs/:model_run_id/export'
    app.get(path, { schema: exportSchema, config: READS }, async ({ params, headers, method }, reply) => {
      const { bytes, sha256, fileName, release } = await exports.onnx(params.model_run_id)
      const etag = `"${sha256}"`
      reply.header('etag', etag)
      if (isKnownEtag(headers, etag)) {
        release()
        return reply.code(304).send()
      }
      reply.headers({
        'content-length': bytes.byteLength,
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      })
      if (method === 'HEAD') {
        release()
        return reply.type(MEDIA_TYPE).send('')
      }
      const stream = Readable.from([bytes], { objectMode: false })
      stream.once('close', release)
      return reply.type(MEDIA_TYPE).send(stream)
    })
  }
