// The composition root: builds the Fastify instance out of what it is handed.
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { guardAnswers } from './http/answer-headers.ts'
import { type CallerRules, refuseForeignPages } from './http/callers.ts'
import { closeIdleConnections } from './http/close-connections.ts'
import { serveDocs } from './http/docs-pages.ts'
import { type HealthCheck, healthRoutes } from './http/health.ts'
import { shedLoad } from './http/load-shedding.ts'
import { answerClientError, answerErrorsAsProblems, answerFrameworkError } from './http/problem-details.ts'
import { echoRequestIds, requestIds } from './http/request-id.ts'
import { RequestLogger } from './http/request-logger.ts'
import { givenTraceId } from './http/request-trace.ts'
import type { ModelVersions } from './inference-protocol/model-versions.ts'
import { inferenceRoutes } from './inference-protocol/routes.ts'
import type { Predictor } from './prediction/predictor.ts'
import { predictionRoutes, type TellOfPrediction } from './prediction/routes.ts'
import type { ModelRegistry } from './registry/model-registry.ts'
import { modelRoutes } from './registry/routes.ts'
import { reportRoutes } from './report-page/routes.ts'
import type { RunReports } from './report-page/run-reports.ts'
import { BodyFile } from './rows/body-file.ts'
import { type BodyReceiver, HELD_BYTES_MAX } from './rows/body-receiver.ts'
import { ROWS_MEDIA_TYPES } from './rows/forms.ts'
import { type RunRoutesParts, runRoutes } from './runs/routes.ts'
import type { ServiceMetrics } from './telemetry/service-metrics.ts'
import type { Tracing } from './telemetry/tracing.ts'
import type { Acceptance } from './training/acceptance.ts'
import { trainingRoutes } from './training/routes.ts'
import type { Trainings } from './training/trainings.ts'

export interface AppParts {
  readonly registry: ModelRegistry
  readonly acceptance: Acceptance
  readonly trainings: Trainings
  readonly predictor: Predictor
  readonly versions: ModelVersions
  readonly runs: Omit<RunRoutesParts, 'log'>
  readonly reports: RunReports
  readonly healthChecks: Readonly<Record<string, HealthCheck>>
  readonly bodies: BodyReceiver
  readonly metrics: ServiceMetrics
  /** Absent when there is nowhere to send traces to. */
  readonly tracing: Tracing | undefined
  readonly callers: CallerRules
  readonly delayMsMax: number
  /** Of the worker. */
  readonly version: string
  readonly log: Logger
}

/** How long a client may take to send a whole request: a large body over a slow line, but not for ever. */
const REQUEST_TIMEOUT_MS = 300_000
/** Longer than the idle time of usual connection pools, so that the caller closes first and never meets a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000

export function buildApp(parts: AppParts): FastifyInstance {
  const { tracing } = parts
  const traceIdOf = (raw: IncomingMessage): string | undefined => tracing?.traceIdOf(raw) ?? givenTraceId(raw.headers)
  const app: FastifyInstance = fastify({
    loggerInstance: parts.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    childLoggerFactory: (logger, bindings, _, raw) =>
      new RequestLogger(logger, bindings, raw, traceIdOf) as unknown as FastifyBaseLogger,
    genReqId: requestIds(),
    // Model names are up to 255 characters, each up to nine in a path.
    routerOptions: { maxParamLength: 255 * 9 },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // A request without a Host is refused by refuseForeignPages, as a problem.
    http: { requireHostHeader: false },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    // What comes on an open connection while the worker stops is answered by its route: SHUTTING_DOWN, or a prediction.
    return503OnClosing: false,
    // Not strictNumbers: "Infinity" becomes a number, and bounds do not look at it then.
    ajv: { customOptions: { allErrors: true, removeAdditional: false, strictNumbers: false } },
  })
  // Bodies stay bytes until their route reads them: column names such as __proto__ are data, and faults are ours to name.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(Object.keys(ROWS_MEDIA_TYPES), (request, payload, done) =>
    parts.bodies.receive(payload, request.headers, done),
  )
  tracing?.instrument(app)
  closeIdleConnections(app)
  // An Expect of another kind than 100-continue may be passed over; Node's own answer to it is no problem.
  app.server.on('checkExpectation', app.routing)
  echoRequestIds(app)
  guardAnswers(app)
  answerErrorsAsProblems(app, (code) => parts.metrics.refused(code))
  refuseForeignPages(app, parts.callers)
  shedLoad(app, { delayMsMax: parts.delayMsMax, heldBytesMax: HELD_BYTES_MAX })
  // Hooks without promises: these run for every prediction of a row, which takes some microseconds.
  const isDebug = parts.log.isLevelEnabled('debug')
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
  parts.metrics.serve(app)
  app.register(healthRoutes(parts.healthChecks))
  app.register(modelRoutes(parts.registry))
  app.register(trainingRoutes(parts.acceptance, parts.trainings))
  app.register(runRoutes({ ...parts.runs, log: parts.log }))
  const tell: TellOfPrediction = (request, story) => {
    const { runId, modelName: model, place, rowCount: rows, seconds } = story
    request.log.debug({ runId, model, place, rows, ms: Math.round(seconds * 1e6) / 1000 }, 'predicted')
    tracing?.predicted(request, story)
  }
  const tellOfPrediction = isDebug || tracing !== undefined ? tell : undefined
  app.register(predictionRoutes(parts.predictor, tellOfPrediction))
  app.register(inferenceRoutes({ ...parts, tellOfPrediction }))
  app.register(reportRoutes(parts.reports))
  return app
}
