// The figures of HTTP and of readiness, and GET /metrics, where Prometheus reads all figures.
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Counter } from 'prom-client'
import { ERROR_CATALOGUE, type ErrorCode } from '../errors.ts'
import type { HealthChecks, HealthReport } from './health-checks.ts'
import type { HistogramSeries, InPlaceHistogram } from './in-place-metrics.ts'
import type { Telemetry } from './telemetry.ts'

/** OpenTelemetry's advice for http.server.request.duration, in seconds. */
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

const metricsSchema = {
  operationId: 'getMetrics',
  tags: ['operation'],
  summary: 'Figures for Prometheus',
  docs: {
    answers: {
      200: {
        description: 'The text format of Prometheus',
        content: { 'text/plain': { schema: Type.String() } },
      },
    },
  },
}

export class HttpMetrics {
  private readonly telemetry: Telemetry
  private readonly seconds: InPlaceHistogram<'http_request_method' | 'http_route' | 'http_response_status_code'>
  private readonly refusals: Counter<'code'>
  /** The series of requests, by route and method, at the place of their status. */
  private readonly ofRoute = new Map<object, Map<string, HistogramSeries[]>>()

  constructor(telemetry: Telemetry, health: HealthChecks) {
    this.telemetry = telemetry
    this.seconds = telemetry.inPlaceHistogram({
      name: 'http_server_request_duration_seconds',
      help: 'Duration of HTTP requests by route and status',
      labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets: HTTP_BUCKETS,
    })
    this.refusals = telemetry.counter({
      name: 'ml_worker_refusals_total',
      help: 'Requests that were answered with a problem, by its code',
      labelNames: ['code'],
    })
    // A counter that first appears as 1 never grew: Prometheus sees the first refusal only of one that was 0 before.
    for (const code of Object.keys(ERROR_CATALOGUE)) this.refusals.labels(code).inc(0)
    addReadiness(telemetry, health)
  }

  /** A request was answered with a problem. */
  refused(code: ErrorCode): void {
    this.refusals.labels(code).inc()
  }

  /** Counts every request, and answers GET /metrics: to everybody, or to who may read it. */
  serve(app: FastifyInstance, isOpen: boolean): void {
    app.addHook('onResponse', (request, reply, done) => {
      this.answered(request, reply)
      done()
    })
    const config = { permission: isOpen ? 'open' : 'metrics:read' } as const
    app.get('/metrics', { schema: metricsSchema, config }, async (_, reply) => {
      const { contentType, text } = await this.telemetry.figures()
      return reply.type(contentType).send(text)
    })
  }

  private answered(request: FastifyRequest, { statusCode, elapsedTime }: FastifyReply): void {
    const { method, routeConfig: config = request.routeOptions.config } = request
    let ofMethod = this.ofRoute.get(config)
    if (ofMethod === undefined) {
      ofMethod = new Map()
      this.ofRoute.set(config, ofMethod)
    }
    // What no route answers has no name of its own: its path, and its method, are anybody's.
    const route = config.url ?? ''
    const methodLabel = route === '' ? '' : method
    let series = ofMethod.get(methodLabel)
    if (series === undefined) {
      series = []
      ofMethod.set(methodLabel, series)
    }
    series[statusCode] ??= this.seconds.labels(methodLabel, route, String(statusCode))
    series[statusCode].observe(elapsedTime / 1000)
  }
}

/** The checks of health, looked at when Prometheus asks: once for both gauges. */
function addReadiness(telemetry: Telemetry, health: HealthChecks): void {
  let looking: Promise<HealthReport> | undefined
  const look = (): Promise<HealthReport> => {
    looking ??= health.look().finally(() => {
      looking = undefined
    })
    return looking
  }
  telemetry.gauge({
    name: 'ml_worker_check_ok',
    help: '1 while this check of GET /api/health holds, else 0',
    labelNames: ['check'],
    async collect() {
      for (const [check, { ok }] of Object.entries((await look()).results)) this.set({ check }, ok ? 1 : 0)
    },
  })
  telemetry.gauge({
    name: 'ml_worker_ready',
    help: '1 while all checks of GET /api/health hold and the worker can take work, else 0',
    async collect() {
      this.set((await look()).isOk ? 1 : 0)
    },
  })
}
