// The Fastify instance: what holds for every request, and the routes of the rooms.
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { type Authenticator, UNKNOWN_CALLER } from './caller.ts'
import { listOf } from './config.ts'
import type { Foundation } from './foundation.ts'
import { guardAnswers } from './http/answer-headers.ts'
import { holdToBodyTypes } from './http/body-types.ts'
import { refuseForeignPages } from './http/callers.ts'
import { closeIdleConnections } from './http/close-connections.ts'
import { serveDocs } from './http/docs-pages.ts'
import { guardRoutes } from './http/guard.ts'
import { healthRoutes } from './http/health.ts'
import { lazySchemas } from './http/lazy-schemas.ts'
import { limitCallers } from './http/limits.ts'
import { shedLoad } from './http/load-shedding.ts'
import { answerClientError, answerErrorsAsProblems, answerFrameworkError } from './http/problem-details.ts'
import { echoRequestIds, requestIds } from './http/request-id.ts'
import { RequestLogger } from './http/request-logger.ts'
import { givenTraceId } from './http/request-trace.ts'
import type { Tls } from './http/tls.ts'
import type { Room } from './room.ts'
import { BodyFile } from './rows/body-file.ts'
import { type BodyReceiver, HELD_BYTES_MAX } from './rows/body-receiver.ts'
import { ROWS_MEDIA_TYPES } from './rows/forms.ts'
import { HttpMetrics } from './telemetry/http-metrics.ts'

/** How long a client may take to send a whole request: a large body over a slow line, but not for ever. */
const REQUEST_TIMEOUT_MS = 300_000
/** Longer than the idle time of usual connection pools, so that the caller closes first and never meets a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000

/** A request without a Host is refused by refuseForeignPages, as a problem. */
const SERVER_OPTIONS = { requireHostHeader: false }

export interface Door {
  /** Takes the body of every request. */
  readonly bodies: BodyReceiver
  /** Undefined where nobody is asked who they are. */
  readonly authenticator: Authenticator | undefined
  /** Undefined: the service speaks HTTP. */
  readonly tls: Tls | undefined
}

/** What the app stands on. */
export type AppBase = Pick<Foundation, 'config' | 'telemetry' | 'health' | 'log'>

export function buildApp(base: AppBase, rooms: readonly Room[], door: Door): FastifyInstance {
  const { bodies, authenticator, tls } = door
  const { config, telemetry, health, log } = base
  const { tracing } = telemetry
  const metrics = new HttpMetrics(telemetry, health)
  const traceIdOf = (raw: IncomingMessage): string | undefined => tracing?.traceIdOf(raw) ?? givenTraceId(raw.headers)
  const proxies = listOf(config.TRUST_PROXY)
  const app: FastifyInstance = fastify({
    trustProxy: proxies.length > 0 ? proxies : false,
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    childLoggerFactory: (logger, bindings, _, raw) =>
      new RequestLogger(logger, bindings, raw, traceIdOf) as unknown as FastifyBaseLogger,
    genReqId: requestIds(),
    // Model names are up to 255 characters, each up to nine in a path.
    routerOptions: { maxParamLength: 255 * 9 },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    ...(tls === undefined ? { http: SERVER_OPTIONS } : { https: { ...SERVER_OPTIONS, ...tls.serverOptions() } }),
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    // What comes on an open connection while the worker stops is answered by its route: SHUTTING_DOWN, or a prediction.
    return503OnClosing: false,
    schemaController: { compilersFactory: lazySchemas },
    // Not strictNumbers: "Infinity" becomes a number, and bounds do not look at it then.
    ajv: { customOptions: { allErrors: true, removeAdditional: false, strictNumbers: false } },
  })
  // Bodies stay bytes until their route reads them: column names such as __proto__ are data, and faults are ours to name.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(Object.keys(ROWS_MEDIA_TYPES), (request, payload, done) =>
    bodies.receive(payload, request.headers, done),
  )
  tracing?.instrument(app)
  closeIdleConnections(app)
  if (tls !== undefined) {
    tls.watch(app)
    const help = 'Seconds until the first certificate of the chain ends; negative afterwards'
    telemetry.gaugeOf('ml_worker_tls_certificate_expiry_seconds', help, () => tls.secondsLeft())
  }
  // An Expect of another kind than 100-continue may be passed over; Node's own answer to it is no problem.
  app.server.on('checkExpectation', app.routing)
  echoRequestIds(app)
  guardAnswers(app)
  answerErrorsAsProblems(app, (code) => metrics.refused(code))
  refuseForeignPages(app, { host: config.HOST, allowedHosts: listOf(config.ALLOWED_HOSTS) })
  holdToBodyTypes(app)
  shedLoad(app, { delayMsMax: config.OVERLOAD_DELAY_MS, heldBytesMax: HELD_BYTES_MAX })
  guardRoutes(app, authenticator)
  const limits = {
    requestsPerSecond: config.RATE_LIMIT_PER_SECOND,
    burst: config.RATE_LIMIT_BURST,
    bodiesMax: config.BODIES_IN_FLIGHT_MAX,
  }
  limitCallers(app, limits, ({ actor }) => (actor.name === UNKNOWN_CALLER ? undefined : actor.name))
  // Hooks without promises: these run for every prediction of a row, which takes some microseconds.
  const isDebug = log.isLevelEnabled('debug')
  app.addHook('onResponse', (request, reply, done) => {
    if (isDebug) {
      const { method, url } = request
      // A query may hold parameters of a model.
      const figures = { path: url.split('?')[0], status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
      request.log.debug({ method, ...figures }, 'answered')
    }
    if (request.body instanceof BodyFile) request.body.answered().then(() => done(), done)
    else done()
  })
  serveDocs(app)
  metrics.serve(app, config.METRICS_ACCESS === 'open')
  app.register(healthRoutes(health, { isTerse: authenticator !== undefined }))
  for (const { routes } of rooms) if (routes !== undefined) app.register(routes)
  return app
}
