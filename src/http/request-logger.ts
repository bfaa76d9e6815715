// The logger of one request, made only when the request has something to say: most have not.
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'

type TraceIds = (raw: IncomingMessage) => string | undefined

/** Says what it is told with the bindings of its request (its id), and the trace that it belongs to. */
export class RequestLogger {
  private readonly raw: IncomingMessage
  private readonly traceIdOf: TraceIds
  private readonly parent: FastifyBaseLogger
  private readonly bindings: Record<string, unknown>
  private made: FastifyBaseLogger | undefined

  constructor(parent: FastifyBaseLogger, bindings: Record<string, unknown>, raw: IncomingMessage, traceIdOf: TraceIds) {
    this.parent = parent
    this.raw = raw
    this.traceIdOf = traceIdOf
    this.bindings = bindings
  }

  get level(): string {
    return this.parent.level
  }

  child(...args: Parameters<FastifyBaseLogger['child']>): FastifyBaseLogger {
    return this.own.child(...args)
  }

  private get own(): FastifyBaseLogger {
    this.made ??= this.parent.child({ ...this.bindings, traceId: this.traceIdOf(this.raw) })
    return this.made
  }

  trace(...args: unknown[]): void {
    this.write('trace', args)
  }

  debug(...args: unknown[]): void {
    this.write('debug', args)
  }

  info(...args: unknown[]): void {
    this.write('info', args)
  }

  warn(...args: unknown[]): void {
    this.write('warn', args)
  }

  error(...args: unknown[]): void {
    this.write('error', args)
  }

  fatal(...args: unknown[]): void {
    this.write('fatal', args)
  }

  silent(): void {}

  private write(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', args: unknown[]): void {
    ;(this.own[level] as (...given: unknown[]) => void)(...args)
  }
}
