// Which trace a request belongs to (W3C Trace Context): by its own span where there is one, else by what its caller said.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** version - trace id - span id - flags; ids of zeros and version ff are none. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/** What @fastify/otel adds to a request. */
interface TracedRequest {
  opentelemetry?(): { readonly span: { spanContext(): SpanContext } | null }
}

export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

/** What the work that a request begins is to have as its parent. */
export function traceparentOf(request: FastifyRequest): string | undefined {
  const span = (request as TracedRequest).opentelemetry?.().span
  return span == null ? givenTraceparent(request.headers) : traceparent(span.spanContext())
}

export function traceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}

/** The trace that the caller said. */
export function givenTraceId(headers: IncomingHttpHeaders): string | undefined {
  return givenTraceparent(headers)?.slice(3, 35)
}

function givenTraceparent({ traceparent: given }: IncomingHttpHeaders): string | undefined {
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : undefined
}
