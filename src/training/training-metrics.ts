// The figures of trainings, as Prometheus reads them.
import { FAILURE_CODES } from '../spool/training-outcome.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { TrainingListener } from './training-events.ts'

const SECONDS_BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]
const ROW_BUCKETS = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000]

export interface QueueFigures {
  /** Trainings that wait or run. */
  readonly length: number
  /** Seconds since the one that has waited or run longest was accepted; 0 when there is none. */
  readonly ageSeconds: number
}

/** Counts the ends of trainings, from 0 on for these models, and reads the queue when it is asked. */
export function countTrainings(
  telemetry: Telemetry,
  modelNames: readonly string[],
  queue: QueueFigures,
): TrainingListener {
  const trainings = telemetry.counter({
    name: 'ml_worker_trainings_total',
    help: 'Trainings that ended, by model and outcome: success or the error_code',
    labelNames: ['model', 'outcome'],
  })
  const seconds = telemetry.histogram({
    name: 'ml_worker_training_duration_seconds',
    help: 'Duration of trainings that succeeded, by model',
    labelNames: ['model'],
    buckets: SECONDS_BUCKETS,
  })
  const rows = telemetry.histogram({
    name: 'ml_worker_training_rows',
    help: 'Rows of trainings that succeeded',
    buckets: ROW_BUCKETS,
  })
  telemetry.gaugeOf('ml_worker_training_queue_length', 'Trainings that wait or run', () => queue.length)
  telemetry.gaugeOf(
    'ml_worker_training_queue_age_seconds',
    'Since the oldest of them was accepted',
    () => queue.ageSeconds,
  )
  // A counter that first appears as 1 never grew: Prometheus sees the first failure only of one that was 0 before.
  for (const model of modelNames) {
    for (const outcome of ['success', ...FAILURE_CODES]) trainings.labels(model, outcome).inc(0)
  }
  return (event) => {
    if (event.type !== 'ended') return
    const { modelName = '', outcome } = event
    trainings.labels(modelName, outcome.type === 'trained' ? 'success' : outcome.code).inc()
    if (outcome.type !== 'trained') return
    seconds.labels(modelName).observe(outcome.durationMs / 1000)
    // A model that was imported has learnt from no rows here.
    const learnt = outcome.metrics['training_rows']
    if (learnt !== undefined) rows.observe(Number(learnt))
  }
}
