// Spans of trainings, out of what is told about them: a killed process takes none of them with it.
import { type Attributes, ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { Phase } from '../trainer/messages.ts'
import type { TrainingEvent, TrainingObserver } from '../training/training-observer.ts'

interface TracedRun {
  readonly run: AcceptedRun
  readonly acceptedAt: number
  training?: Span
  phase?: { readonly name: Phase; readonly span: Span }
  stoppedAt?: number
}

type Context = typeof ROOT_CONTEXT

/**
 * Below the request that a training was accepted with: "wait in queue", "train" with a span for each of its phases, and
 * "write end". They keep that parent when the worker was started anew in between.
 */
export class TrainingSpans implements TrainingObserver {
  private readonly tracer: Tracer
  private readonly runs = new Map<number, TracedRun>()

  constructor(tracer: Tracer) {
    this.tracer = tracer
  }

  observe(event: TrainingEvent): void {
    if (event.type === 'queued') {
      this.runs.set(event.run.runId, { run: event.run, acceptedAt: event.acceptedAt })
      return
    }
    const runId = event.type === 'begun' ? event.run.runId : event.runId
    const traced = this.runs.get(runId)
    if (traced === undefined) return
    if (event.type === 'begun') this.begin(traced, event.at, event.attempt)
    else if (event.type === 'progressed') this.enter(traced, event.at, event.progress.phase)
    else if (event.type === 'stopped') this.stop(traced, event.at)
    else if (event.type === 'ended') this.end(traced, event)
    else if (event.type === 'left') this.leave(runId, traced)
  }

  private begin(traced: TracedRun, at: number, attempt: number): void {
    // An attempt after a crash did not wait since its acceptance.
    if (attempt === 1) this.span(traced, 'wait in queue', traced.acceptedAt).end(at)
    traced.training = this.span(traced, 'train', at, { 'ml_worker.attempt': attempt })
  }

  private enter(traced: TracedRun, at: number, name: Phase): void {
    if (traced.training === undefined || traced.phase?.name === name) return
    traced.phase?.span.end(at)
    const context = trace.setSpan(ROOT_CONTEXT, traced.training)
    traced.phase = { name, span: this.tracer.startSpan(name, { startTime: at }, context) }
  }

  private stop(traced: TracedRun, at: number): void {
    traced.phase?.span.end(at)
    delete traced.phase
    traced.stoppedAt = at
  }

  private end(traced: TracedRun, { at, outcome }: Extract<TrainingEvent, { type: 'ended' }>): void {
    const { training, stoppedAt = at } = traced
    // Cancelled before its turn.
    if (training === undefined) this.span(traced, 'wait in queue', traced.acceptedAt).end(at)
    else this.span(traced, 'write end', stoppedAt).end(at)
    if (outcome.type === 'trained') training?.setAttribute('ml_worker.rows', outcome.metrics['training_rows'] ?? 0)
    else {
      training?.setAttribute('error.type', outcome.code)
      training?.setStatus({ code: SpanStatusCode.ERROR })
    }
    training?.end(stoppedAt)
    delete traced.training
  }

  /** Without an end, where it goes on later. */
  private leave(runId: number, { phase, training, stoppedAt }: TracedRun): void {
    phase?.span.end(stoppedAt)
    training?.end(stoppedAt)
    this.runs.delete(runId)
  }

  private span({ run }: TracedRun, name: string, startTime: number, more: Attributes = {}): Span {
    const attributes = { 'ml_worker.run_id': run.runId, 'ml_worker.model': run.modelName, ...more }
    return this.tracer.startSpan(name, { startTime, attributes }, contextOf(run.traceparent))
  }
}

/** A context whose span is the one that a traceparent names. */
function contextOf(traceparent: string | undefined): Context {
  if (traceparent === undefined) return ROOT_CONTEXT
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, spanContext)
}
