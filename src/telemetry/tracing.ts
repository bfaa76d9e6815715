// Traces by OpenTelemetry, sent as OTLP over HTTP. Loaded only when there is somewhere to send them.
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { FastifyOtelInstrumentation } from '@fastify/otel'
import type { Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  BatchSpanProcessor,
  type NodeTracerConfig,
  NodeTracerProvider,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'

export interface TracingSettings {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT has it: traces go to /v1/traces below it. */
  readonly endpoint: string
  readonly serviceName: string
  readonly serviceVersion: string
}

/** Spans that wait to be sent; what comes beyond them is dropped. */
const QUEUE_MAX = 2_048
const EXPORT_TIMEOUT_MS = 5_000
/** How long a stop waits for the last spans to be sent. */
const CLOSE_TIMEOUT_MS = 2_000
/** Between two lines of the log about an endpoint that does not take spans. */
const COMPLAINT_INTERVAL_MS = 60_000

type Resource = NonNullable<NodeTracerConfig['resource']>

export class Tracing {
  private readonly provider: NodeTracerProvider
  private readonly instrumentation: FastifyOtelInstrumentation
  /** For the spans of rooms. */
  readonly tracer: Tracer
  private readonly traceIds = new WeakMap<IncomingMessage, string>()

  constructor({ endpoint, serviceName, serviceVersion }: TracingSettings, log: Logger) {
    const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
    const exporter = complaining(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS }), log)
    this.provider = new NodeTracerProvider({
      resource: resourceOf({ 'service.name': serviceName, 'service.version': serviceVersion }),
      spanProcessors: [
        wordless,
        new BatchSpanProcessor(exporter, { maxQueueSize: QUEUE_MAX, exportTimeoutMillis: EXPORT_TIMEOUT_MS }),
      ],
    })
    // The plugin reads headers by the global propagator. Without a context manager nothing follows who calls whom.
    this.provider.register({ contextManager: null })
    this.tracer = this.provider.getTracer('ml-worker', serviceVersion)
    this.instrumentation = new FastifyOtelInstrumentation({
      // One span a request; and no exceptions, whose words may quote values.
      instrumentHooks: false,
      instrumentHandler: false,
      recordExceptions: false,
      ignorePaths: ({ url: path }) => path.startsWith('/api/health') || path === '/metrics',
      requestHook: (span, request) => {
        const { method, routeOptions, raw } = request
        span.updateName(routeOptions.url === undefined ? method : `${method} ${routeOptions.url}`)
        // A query may hold parameters of a model.
        span.setAttribute('url.path', request.url.split('?')[0] as string)
        this.traceIds.set(raw, span.spanContext().traceId)
      },
    })
    this.instrumentation.setTracerProvider(this.provider)
  }

  /** Gives each request a span. Must be called before the routes are made. */
  instrument(app: FastifyInstance): void {
    // Not by register, which comes too late for what is added to the app right away.
    this.instrumentation.plugin()(app, {}, () => {})
  }

  traceIdOf(raw: IncomingMessage): string | undefined {
    return this.traceIds.get(raw)
  }

  /** Sends what is left, for some seconds at the most. */
  async close(): Promise<void> {
    this.instrumentation.disable()
    const shutDown = this.provider.shutdown().catch(() => {})
    await Promise.race([shutDown, pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
  }
}

/** Takes away what the plugin says of an error: its words may quote values of rows. */
const wordless: SpanProcessor = {
  onStart: () => {},
  onEnding: (span) => {
    if (span.status.message !== undefined) span.setStatus({ code: span.status.code })
  },
  onEnd: () => {},
  forceFlush: async () => {},
  shutdown: async () => {},
}

function resourceOf(attributes: Resource['attributes']): Resource {
  const resource: Resource = {
    attributes,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  }
  return resource
}

/** Logs that spans are not taken, once in a while. */
function complaining(exporter: SpanExporter, log: Logger): SpanExporter {
  let complainedAt = Number.NEGATIVE_INFINITY
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - complainedAt > COMPLAINT_INTERVAL_MS) {
          complainedAt = performance.now()
          log.warn({ err: result.error, spans: spans.length }, 'spans were not taken (OTEL_EXPORTER_OTLP_ENDPOINT)')
        }
        done(result)
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
