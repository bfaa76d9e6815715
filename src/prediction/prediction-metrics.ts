// The figures of predictions and of the pipelines in memory, as Prometheus reads them.
import type { Counter } from 'prom-client'
import type { CounterSeries, HistogramSeries, InPlaceCounter, InPlaceHistogram } from '../telemetry/in-place-metrics.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { PredictedFigures, PredictionObserver } from './prediction-observer.ts'

/** Predictions in place take less than a millisecond. */
const SECONDS_BUCKETS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]

export class PredictionMetrics implements PredictionObserver {
  private readonly seconds: InPlaceHistogram<'model'>
  private readonly rows: InPlaceCounter<'model'>
  private readonly unseenValues: Counter<'model'>
  private readonly evictions: Counter
  private readonly hits: CounterSeries
  private readonly misses: CounterSeries
  /** The labelled figures of models, found once. */
  private readonly ofModel = new Map<string, { seconds: HistogramSeries; rows: CounterSeries }>()

  /** modelNames: those that are counted from 0 on. */
  constructor(telemetry: Telemetry, modelNames: readonly string[]) {
    this.seconds = telemetry.inPlaceHistogram({
      name: 'ml_worker_prediction_duration_seconds',
      help: 'Duration of predictions without HTTP, by model',
      labelNames: ['model'],
      buckets: SECONDS_BUCKETS,
    })
    this.rows = telemetry.inPlaceCounter({
      name: 'ml_worker_predicted_rows_total',
      help: 'Rows that were predicted, by model',
      labelNames: ['model'],
    })
    this.unseenValues = telemetry.counter({
      name: 'ml_worker_unseen_categories_total',
      help: 'Values of categories that training never saw and that counted as missing, by model',
      labelNames: ['model'],
    })
    const looks = telemetry.inPlaceCounter({
      name: 'ml_worker_pipeline_cache_requests_total',
      help: 'Predictions that found their pipeline in memory (hit) or had to load it (miss)',
      labelNames: ['result'],
    })
    this.hits = looks.labels('hit')
    this.misses = looks.labels('miss')
    this.evictions = telemetry.counter({
      name: 'ml_worker_pipeline_cache_evictions_total',
      help: 'Pipelines that had to make room',
    })
    for (const model of modelNames) {
      this.rows.labels(model)
      this.unseenValues.labels(model).inc(0)
    }
  }

  predicted({ modelName, rowCount, seconds, unseenCount }: PredictedFigures): void {
    let found = this.ofModel.get(modelName)
    if (found === undefined) {
      found = { seconds: this.seconds.labels(modelName), rows: this.rows.labels(modelName) }
      this.ofModel.set(modelName, found)
    }
    found.seconds.observe(seconds)
    found.rows.inc(rowCount)
    if (unseenCount > 0) this.unseenValues.labels(modelName).inc(unseenCount)
  }

  looked(isHit: boolean): void {
    if (isHit) this.hits.inc()
    else this.misses.inc()
  }

  evicted(): void {
    this.evictions.inc()
  }
}
