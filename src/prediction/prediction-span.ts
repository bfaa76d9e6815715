// The span of a prediction, as a part of its request.
import { ROOT_CONTEXT, type Span, type Tracer, trace } from '@opentelemetry/api'
import type { PredictionStory } from './prediction-observer.ts'

/** Sends the span of a prediction that has just been made. */
export function sendPredictionSpan(
  tracer: Tracer,
  parent: Span | null,
  { runId, modelName, place, rowCount, seconds }: PredictionStory,
): void {
  if (parent === null) return
  const now = Date.now()
  const attributes = {
    'ml_worker.run_id': runId,
    'ml_worker.model': modelName,
    'ml_worker.rows': rowCount,
    'ml_worker.place': place,
  }
  const context = trace.setSpan(ROOT_CONTEXT, parent)
  tracer.startSpan('predict', { startTime: now - seconds * 1000, attributes }, context).end(now)
}
