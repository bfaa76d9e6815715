// Says no early: when the event loop lags, and when the bodies on their way would take more memory than they may.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'

/** How often the mean delay of the event loop is taken. */
const SAMPLE_MS = 500
const RESOLUTION_MS = 10
/** Bodies up to this size are not counted. */
const SMALL_BODY_BYTES = 64 * 1024
const HEALTH_PATHS = ['/api/health', '/v2/health']
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
  const delay = watchEventLoop(app)
  let bytesOnTheirWay = 0
  app.addHook('onRequest', (request, reply, done) => {
    // An orchestrator that gets no answer would end a service that is merely busy.
    if (delay.ms > delayMsMax && !HEALTH_PATHS.some((path) => request.url.startsWith(path))) {
      return done(overloaded('the worker cannot keep up with its requests'))
    }
    const bytes = Math.min(announcedBytes(request), heldBytesMax)
    if (bytes <= SMALL_BODY_BYTES) return done()
    if (bytesOnTheirWay + bytes > HELD_BYTES_MAX) return done(overloaded('too many large bodies are on their way'))
    bytesOnTheirWay += bytes
    reply.raw.once('close', () => {
      bytesOnTheirWay -= bytes
    })
    done()
  })
}

function overloaded(detail: string): ServiceError {
  return new ServiceError('OVERLOADED', detail, { retryAfterSeconds: 1 })
}

/** The length of the body; infinite when it does not say. */
function announcedBytes({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY
  return Number(headers['content-length'] ?? 0)
}

/**
 * The mean delay of the event loop over the last half second, from when the app listens: what loading took is not load.
 * Not by @fastify/under-pressure, whose timer asks for the memory too, which throws when file descriptors run out.
 */
function watchEventLoop(app: FastifyInstance): { readonly ms: number } {
  const delay = { ms: 0 }
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let timer: NodeJS.Timeout | undefined
  app.addHook('onListen', async () => {
    histogram.enable()
    timer = setInterval(() => {
      // Without a tick since the last look there is no mean.
      if (histogram.count > 0) delay.ms = Math.max(0, histogram.mean / 1e6 - RESOLUTION_MS)
      histogram.reset()
    }, SAMPLE_MS).unref()
  })
  app.addHook('onClose', async () => {
    clearInterval(timer)
    histogram.disable()
  })
  return delay
}
