// The logger of one request, made only when the request has something to say: most have not.
import type { FastifyBaseLogger } from 'fastify'

/** Says what it is told with the bindings of its request (its id). */
export class RequestLogger {
  private readonly parent: FastifyBaseLogger
  private readonly bindings: Record<string, unknown>
  private made: FastifyBaseLogger | undefined

  constructor(parent: FastifyBaseLogger, bindings: Record<string, unknown>) {
    this.parent = parent
    this.bindings = bindings
  }

  get level(): string {
    return this.parent.level
  }

  child(...args: Parameters<FastifyBaseLogger['child']>): FastifyBaseLogger {
    return this.own.child(...args)
  }

  private get own(): FastifyBaseLogger {
    this.made ??= this.parent.child(this.bindings)
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
