// Says no early: when the event loop lags, and when the bodies on their way would take more memory than they may.
import { fastifyUnderPressure } from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'

/** Mean delay of the event loop from which on new requests are turned away, and how often it is looked at. */
const EVENT_LOOP_DELAY_MS_MAX = 250
const SAMPLE_MS = 500
/** Bodies up to this size are not counted. */
const SMALL_BODY_BYTES = 64 * 1024

/**
 * Answers 503 OVERLOADED while the event loop lags, but for health, and to bodies that together with those on their
 * way would hold more than bodyBytesMax. Must be called before the routes are made.
 */
export function shedLoad(app: FastifyInstance, limits: { bodyLimitBytes: number; bodyBytesMax: number }): void {
  app.register(fastifyUnderPressure, {
    maxEventLoopDelay: EVENT_LOOP_DELAY_MS_MAX,
    sampleInterval: SAMPLE_MS,
    pressureHandler: async (request) => {
      // An orchestrator that gets no answer would end a service that is merely busy.
      if (request.url.startsWith('/api/health')) return
      throw new ServiceError('OVERLOADED', 'the worker cannot keep up with its requests', { retryAfterSeconds: 1 })
    },
  })
  let bytesOnTheirWay = 0
  app.addHook('onRequest', async (request, reply) => {
    const bytes = announcedBytes(request, limits.bodyLimitBytes)
    if (bytes <= SMALL_BODY_BYTES || bytes > limits.bodyLimitBytes) return
    if (bytesOnTheirWay + bytes > limits.bodyBytesMax) {
      throw new ServiceError('OVERLOADED', 'too many large bodies are on their way', { retryAfterSeconds: 1 })
    }
    bytesOnTheirWay += bytes
    reply.raw.once('close', () => {
      bytesOnTheirWay -= bytes
    })
  })
}

/** What the body may take: the limit when it does not say. */
function announcedBytes({ headers }: FastifyRequest, bodyLimitBytes: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimitBytes
  return Number(headers['content-length'] ?? 0)
}
