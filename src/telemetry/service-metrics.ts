// What an operator watches, as Prometheus reads it: GET /metrics.
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { ERROR_CATALOGUE, type ErrorCode } from '../errors.ts'
import { type HealthCheck, runChecks } from '../http/health.ts'
import type { PredictedFigures, PredictionObserver } from '../prediction/prediction-observer.ts'
import { FAILURE_CODES } from '../spool/training-outcome.ts'
import type { TrainingEvent, TrainingObserver } from '../training/training-observer.ts'

/** What is read when Prometheus asks, not counted as it goes. */
export interface MetricSources {
  queueLength(): number
  /** Seconds since the training that has waited or run longest was accepted; 0 when there is none. */
  queueAgeSeconds(): number
  cache(): { readonly runs: number; readonly bytes: number }
  /** What GET /api/health looks at. */
  healthChecks(): Readonly<Record<string, HealthCheck>>
  /** Models whose trainings are counted from 0 on. */
  readonly modelNames: readonly string[]
}

/** OpenTelemetry's advice for http.server.request.duration, in seconds. */
const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const TRAINING_BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]
const ROW_BUCKETS = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]
/** Predictions in place take less than a millisecond. */
const PREDICTION_BUCKETS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

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

/** Every label has a bound: routes as they were made, statuses, models by name, error codes. */
export class ServiceMetrics implements TrainingObserver, PredictionObserver {
  private readonly registry = new Registry()
  private readonly httpSeconds: Histogram<'http_request_method' | 'http_route' | 'http_response_status_code'>
  private readonly trainings: Counter<'model' | 'outcome'>
  private readonly trainingSeconds: Histogram<'model'>
  private readonly trainingRows: Histogram
  private readonly predictionSeconds: Histogram<'model'>
  private readonly predictedRows: Counter<'model'>
  private readonly unseenValues: Counter<'model'>
  private readonly cacheLooks: Counter<'result'>
  private readonly cacheEvictions: Counter
  private readonly refusals: Counter<'code'>
  /** The labelled histograms and counters of requests and models, found once. */
  private readonly ofRequest = new Map<string, Histogram.Internal<string>>()
  private readonly ofModel = new Map<string, { seconds: Histogram.Internal<'model'>; rows: Counter.Internal }>()
  private readonly hits: Counter.Internal

  constructor(sources: MetricSources) {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.httpSeconds = new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Duration of HTTP requests by route and status',
      labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets: HTTP_BUCKETS,
      registers,
    })
    this.trainings = new Counter({
      name: 'ml_worker_trainings_total',
      help: 'Trainings that ended, by model and outcome: success or the error_code',
      labelNames: ['model', 'outcome'],
      registers,
    })
    this.trainingSeconds = new Histogram({
      name: 'ml_worker_training_duration_seconds',
      help: 'Duration of trainings that succeeded, by model',
      labelNames: ['model'],
      buckets: TRAINING_BUCKETS,
      registers,
    })
    this.trainingRows = new Histogram({
      name: 'ml_worker_training_rows',
      help: 'Rows of trainings that succeeded',
      buckets: ROW_BUCKETS,
      registers,
    })
    this.predictionSeconds = new Histogram({
      name: 'ml_worker_prediction_duration_seconds',
      help: 'Duration of predictions without HTTP, by model',
      labelNames: ['model'],
      buckets: PREDICTION_BUCKETS,
      registers,
    })
    this.predictedRows = new Counter({
      name: 'ml_worker_predicted_rows_total',
      help: 'Rows that were predicted, by model',
      labelNames: ['model'],
      registers,
    })
    this.unseenValues = new Counter({
      name: 'ml_worker_unseen_categories_total',
      help: 'Values of categories that training never saw and that counted as missing, by model',
      labelNames: ['model'],
      registers,
    })
    this.cacheLooks = new Counter({
      name: 'ml_worker_pipeline_cache_requests_total',
      help: 'Predictions that found their pipeline in memory (hit) or had to load it (miss)',
      labelNames: ['result'],
      registers,
    })
    this.hits = this.cacheLooks.labels('hit')
    this.cacheEvictions = new Counter({
      name: 'ml_worker_pipeline_cache_evictions_total',
      help: 'Pipelines that had to make room',
      registers,
    })
    this.refusals = new Counter({
      name: 'ml_worker_refusals_total',
      help: 'Requests that were answered with a problem, by its code',
      labelNames: ['code'],
      registers,
    })
    this.startFromZero(sources.modelNames)
    this.addReadiness(sources)
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value())
        },
      })
    }
    gauge('ml_worker_training_queue_length', 'Trainings that wait or run', sources.queueLength)
    gauge('ml_worker_training_queue_age_seconds', 'Since the oldest of them was accepted', sources.queueAgeSeconds)
    gauge('ml_worker_pipeline_cache_pipelines', 'Pipelines in memory', () => sources.cache().runs)
    gauge('ml_worker_pipeline_cache_bytes', 'What they hold, in bytes', () => sources.cache().bytes)
  }

  /** A counter that first appears as 1 never grew: Prometheus sees the first failure only of one that was 0 before. */
  private startFromZero(modelNames: readonly string[]): void {
    for (const model of modelNames) {
      for (const outcome of ['success', ...FAILURE_CODES]) this.trainings.labels(model, outcome).inc(0)
      this.predictedRows.labels(model).inc(0)
      this.unseenValues.labels(model).inc(0)
    }
    for (const result of ['hit', 'miss']) this.cacheLooks.labels(result).inc(0)
    for (const code of Object.keys(ERROR_CATALOGUE)) this.refusals.labels(code).inc(0)
  }

  /** The checks of health, looked at when Prometheus asks. */
  private addReadiness({ healthChecks }: MetricSources): void {
    const registers = [this.registry]
    let looking: ReturnType<typeof runChecks> | undefined
    const look = (): ReturnType<typeof runChecks> => {
      looking ??= runChecks(healthChecks()).finally(() => {
        looking = undefined
      })
      return looking
    }
    new Gauge({
      name: 'ml_worker_check_ok',
      help: '1 while this check of GET /api/health holds, else 0',
      labelNames: ['check'],
      registers,
      async collect() {
        for (const [check, { ok }] of Object.entries((await look()).results)) this.set({ check }, ok ? 1 : 0)
      },
    })
    new Gauge({
      name: 'ml_worker_ready',
      help: '1 while all checks of GET /api/health hold and the worker can take work, else 0',
      registers,
      async collect() {
        this.set((await look()).isOk ? 1 : 0)
      },
    })
  }

  /** A request was answered with a problem. */
  refused(code: ErrorCode): void {
    this.refusals.labels(code).inc()
  }

  observe(event: TrainingEvent): void {
    if (event.type !== 'ended') return
    const { modelName = '', outcome } = event
    this.trainings.labels(modelName, outcome.type === 'trained' ? 'success' : outcome.code).inc()
    if (outcome.type !== 'trained') return
    this.trainingSeconds.labels(modelName).observe(outcome.durationMs / 1000)
    this.trainingRows.observe(Number(outcome.metrics['training_rows']))
  }

  predicted({ modelName, rowCount, seconds, unseenCount }: PredictedFigures): void {
    let found = this.ofModel.get(modelName)
    if (found === undefined) {
      found = { seconds: this.predictionSeconds.labels(modelName), rows: this.predictedRows.labels(modelName) }
      this.ofModel.set(modelName, found)
    }
    found.seconds.observe(seconds)
    found.rows.inc(rowCount)
    if (unseenCount > 0) this.unseenValues.labels(modelName).inc(unseenCount)
  }

  looked(isHit: boolean): void {
    if (isHit) this.hits.inc()
    else this.cacheLooks.labels('miss').inc()
  }

  evicted(): void {
    this.cacheEvictions.inc()
  }

  /** Counts every request, and answers GET /metrics. */
  serve(app: FastifyInstance): void {
    app.addHook('onResponse', (request, reply, done) => {
      this.answered(request, reply)
      done()
    })
    app.get('/metrics', { schema: metricsSchema }, async (_, reply) => {
      reply.type(this.registry.contentType)
      return this.registry.metrics()
    })
  }

  private answered({ method, routeOptions }: FastifyRequest, { statusCode, elapsedTime }: FastifyReply): void {
    // What no route answers has no name of its own: its path is anybody's.
    const route = routeOptions.url ?? ''
    const key = `${method} ${statusCode} ${route}`
    let found = this.ofRequest.get(key)
    if (found === undefined) {
      found = this.httpSeconds.labels(route === '' ? '' : method, route, String(statusCode))
      this.ofRequest.set(key, found)
    }
    found.observe(elapsedTime / 1000)
  }
}
