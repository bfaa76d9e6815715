// Spans of trainings, out of what is told about them: a killed process takes none of them with it.
import { type Attributes, ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { Phase } from '../trainer/messages.ts'
import type { TrainingEvent } from './training-events.ts'

interface TracedRun {
  readonly run: AcceptedRun
  readonly acceptedAt: number
  training?: Span
  phase?: { readonly name: Phase; readonly span: Span }
  stoppedAt?: number
}

type Context = typeof ROOT_CONTEXT
type Ended = Extract<TrainingEvent, { type: 'ended' }>

/**
 * Below the request that a training was accepted with: "wait in queue", "train" with a span for each of its phases, and
 * "write end". They keep that parent when the worker was started anew in between.
 */
export class TrainingSpans {
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
    if (traced === undefined) {
      if (event.type === 'ended') this.endUntraced(event)
      return
    }
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

  private end(traced: TracedRun, { at, outcome }: Ended): void {
    const { training, stoppedAt = at } = traced
    if (training === undefined) {
      // Cancelled before its turn.
      const waited = this.span(traced, 'wait in queue', traced.acceptedAt)
      tellOutcome(waited, outcome)
      waited.end(at)
      return
    }
    this.span(traced, 'write end', stoppedAt).end(at)
    tellOutcome(training, outcome)
    training.end(stoppedAt)
    delete traced.training
  }

  /** Of a run that was not queued here: its worker went away, or its spool file is damaged. */
  private endUntraced({ runId, modelName = '', at, outcome }: Ended): void {
    const attributes = { 'ml_worker.run_id': runId, 'ml_worker.model': modelName }
    const span = this.tracer.startSpan('write end', { startTime: at, attributes }, ROOT_CONTEXT)
    tellOutcome(span, outcome)
    span.end(at)
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

/** On the span that shows how the run ended. */
function tellOutcome(span: Span, outcome: Ended['outcome']): void {
  if (outcome.type === 'trained') {
    span.setAttribute('ml_worker.rows', outcome.metrics['training_rows'] ?? 0)
    return
  }
  span.setAttribute('error.type', outcome.code)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** A context whose span is the one that a traceparent names. */
function contextOf(traceparent: string | undefined): Context {
  if (traceparent === undefined) return ROOT_CONTEXT
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, spanContext)
}
