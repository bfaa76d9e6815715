// Says no early: when the event loop lags, and when the bodies on their way would take more memory than they may.
import { fastifyUnderPressure } from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'

/** How often the mean delay of the event loop is taken. */
const SAMPLE_MS = 500
/** Bodies up to this size are not counted. */
const SMALL_BODY_BYTES = 64 * 1024
/** What the bodies on their way may hold in memory together. */
const HELD_BYTES_MAX = 2 ** 28

export interface ShedLimits {
  /** Mean delay of the event loop from which on requests are turned away. */
  readonly delayMsMax: number
  /** What one body holds in memory at the most, however large it is. */
  readonly heldBytesMax: number
}

/**
 * Answers 503 OVERLOADED while the event loop lags, but for health, and to bodies that together with those on their
 * way would hold more than 256 MiB.
 * Must be called before the routes are made.
 */
export function shedLoad(app: FastifyInstance, { delayMsMax, heldBytesMax }: ShedLimits): void {
  // What loading the models took is not load.
  let watchedFrom = Number.POSITIVE_INFINITY
  app.addHook('onListen', async () => {
    watchedFrom = performance.now() + 2 * SAMPLE_MS
  })
  app.register(fastifyUnderPressure, {
    maxEventLoopDelay: delayMsMax,
    sampleInterval: SAMPLE_MS,
    pressureHandler: async (request) => {
      // An orchestrator that gets no answer would end a service that is merely busy.
      if (request.url.startsWith('/api/health') || performance.now() < watchedFrom) return
      throw new ServiceError('OVERLOADED', 'the worker cannot keep up with its requests', { retryAfterSeconds: 1 })
    },
  })
  let bytesOnTheirWay = 0
  app.addHook('onRequest', async (request, reply) => {
    const bytes = Math.min(announcedBytes(request), heldBytesMax)
    if (bytes <= SMALL_BODY_BYTES) return
    if (bytesOnTheirWay + bytes > HELD_BYTES_MAX) {
      throw new ServiceError('OVERLOADED', 'too many large bodies are on their way', { retryAfterSeconds: 1 })
    }
    bytesOnTheirWay += bytes
    reply.raw.once('close', () => {
      bytesOnTheirWay -= bytes
    })
  })
}

/** The length of the body; infinite when it does not say. */
function announcedBytes({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY
  return Number(headers['content-length'] ?? 0)
}
