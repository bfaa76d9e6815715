// How much each caller may ask for: requests a second, and bodies on their way.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServiceError } from '../errors.ts'
import { callerAddress } from '../limits/caller-address.ts'
import { TokenBuckets } from '../limits/token-buckets.ts'

export interface CallerLimits {
  /** Requests of a caller; 0: no limit. */
  readonly requestsPerSecond: number
  /** Requests that may come at once; 0: as many as in a second. */
  readonly burst: number
  /** Requests with a body of a caller that are unanswered; 0: no limit. */
  readonly bodiesMax: number
}

/** An orchestrator that gets no answer would end a service that is merely asked too often. */
const EXEMPT = new Set(['/api/health/live', '/api/health/ready', '/v2/health/live', '/v2/health/ready'])
/** Callers that are remembered. */
const CALLERS_MAX = 10_000

/** The id of the token of a request, where it has one. */
type TokenOf = (request: FastifyRequest) => string | undefined

/**
 * Answers 429 RATE_LIMITED to a caller that asks for more than it may: a token by its id, else an address. What it counts
 * is in memory: each worker counts for itself. Where there is no limit there is no hook.
 * Must be called after the hook that finds the token, and before the routes are made.
 */
export function limitCallers(app: FastifyInstance, limits: CallerLimits, tokenOf: TokenOf = () => undefined): void {
  const callerOf = (request: FastifyRequest): string => {
    const token = tokenOf(request)
    // Neither can be read as the other: an address has no blank.
    return token === undefined ? callerAddress(request.ip) : `token ${token}`
  }
  limitRequests(app, limits, callerOf)
  limitBodies(app, limits, callerOf)
}

type CallerOf = (request: FastifyRequest) => string

function limitRequests(app: FastifyInstance, { requestsPerSecond, burst }: CallerLimits, callerOf: CallerOf): void {
  if (requestsPerSecond === 0) return
  const shape = { perSecond: requestsPerSecond, burst: burst || requestsPerSecond, keysMax: CALLERS_MAX }
  const buckets = new TokenBuckets(shape)
  app.addHook('onRequest', (request, _reply, done) => {
    if (isExempt(request)) return done()
    const waitMs = buckets.take(callerOf(request))
    if (waitMs === 0) return done()
    const detail = `more than ${requestsPerSecond} requests a second came from this caller (RATE_LIMIT_PER_SECOND)`
    done(new ServiceError('RATE_LIMITED', detail, { retryAfterSeconds: Math.ceil(waitMs / 1000) }))
  })
}

function limitBodies(app: FastifyInstance, { bodiesMax }: CallerLimits, callerOf: CallerOf): void {
  if (bodiesMax === 0) return
  // Of callers with a body on its way alone: no more than there are connections.
  const counts = new Map<string, number>()
  app.addHook('onRequest', (request, reply, done) => {
    if (!hasBody(request)) return done()
    const caller = callerOf(request)
    const count = counts.get(caller) ?? 0
    if (count >= bodiesMax) {
      const detail = `${count} requests with a body of this caller are unanswered (BODIES_IN_FLIGHT_MAX)`
      return done(new ServiceError('RATE_LIMITED', detail, { retryAfterSeconds: 1 }))
    }
    counts.set(caller, count + 1)
    reply.raw.once('close', () => {
      const left = (counts.get(caller) ?? 1) - 1
      if (left === 0) counts.delete(caller)
      else counts.set(caller, left)
    })
    done()
  })
}

function isExempt({ url }: FastifyRequest): boolean {
  const end = url.indexOf('?')
  return EXEMPT.has(end < 0 ? url : url.slice(0, end))
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
