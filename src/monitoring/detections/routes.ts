// POST /api/drift-detections: whether two samples of rows differ by more than chance.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ServiceError } from '../../errors.ts'
import type { ReceivedBody } from '../../rows/body-file.ts'
import type { Detections } from './detections.ts'
import { DetectionAnswer, DetectionBody, detectionAnswerOf } from './schemas.ts'

const AMOUNTS = [12.5, 14, 11.8, 13.1]

const detectSchema = {
  operationId: 'detectDrift',
  tags: ['monitoring'],
  summary: 'Compare two samples of rows, column by column: has something changed, and how much',
  description:
    'Rows of the request, or data sets. The cells of a column are those of the baseline: tenths of its numbers, its 50 most frequent categories, and what is below, above, unseen or missing. A column drifts where chance does not explain the difference and it is large enough. Rows are taken as independent of each other.',
  response: { 200: DetectionAnswer },
  docs: {
    body: {
      'application/json': {
        schema: DetectionBody,
        examples: {
          amounts: {
            summary: 'Four amounts then, four now',
            value: {
              baselineData: { rows: AMOUNTS.map((amount) => ({ amount, country: 'CH' })) },
              currentData: { rows: AMOUNTS.map((amount) => ({ amount: 2 * amount, country: 'CH' })) },
              options: { days_per_false_alarm: 30 },
            },
          },
        },
      },
    },
    errors: [
      ...['REQUEST_INVALID', 'BODY_MALFORMED', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'DATASET_UNKNOWN'],
      ...['DATASET_DELETED', 'STORAGE_UNAVAILABLE', 'MEMORY_EXCEEDED', 'OVERLOADED', 'NOT_SET_UP'],
      ...['DATABASE_UNAVAILABLE', 'TABLES_UNUSABLE'],
    ] as const,
  },
} as const

const DETECTS = { permission: 'drift:detect', audit: 'none' } as const

export const detectionRoutes =
  (detections: Detections): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post('/api/drift-detections', { schema: detectSchema, config: DETECTS }, async (request) => {
      if (request.mediaType?.toLowerCase() !== 'application/json') {
        throw new ServiceError('MEDIA_TYPE_UNSUPPORTED', 'the content type is not taken; expected application/json')
      }
      const { body } = request as { body?: ReceivedBody }
      return detectionAnswerOf(await detections.detect(body))
    })
  }
