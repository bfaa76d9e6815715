// The log: one JSON object a line, or text that is readable in a terminal. It never holds values out of rows.
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { getSystemErrorMap } from 'node:util'
import pino, { type Logger, type LoggerOptions } from 'pino'
import { isDatabaseUnavailable } from './database/unavailable.ts'
import { ERROR_CATALOGUE } from './errors.ts'
import { placesOf } from './stack-places.ts'

export interface LogSettings {
  readonly level: string
  /** "auto" is pretty in a terminal. */
  readonly format: string
}

export interface OpenLog {
  readonly log: Logger
  /** Waits for the last lines, as long as somebody takes them, and takes no more. Throws nothing. */
  end(): Promise<void>
}

/** What a stop waits for a reader of the log that does not read. */
const LAST_LINES_MS = 1_000

/** Writes to standard output. The package of pretty lines is loaded only for them. */
export async function createLog({ level, format }: LogSettings): Promise<OpenLog> {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  if (!isPretty) return jsonLog(level)
  const { default: pretty } = await import('pino-pretty')
  const stream = pretty({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true, sync: true })
  return { log: pino(logOptions(level), stream), end: async () => {} }
}

function jsonLog(level: string): OpenLog {
  const lines = pino.destination({ sync: false })
  // At the exit of the process sonic-boom would try for ever to write to a reader that is gone, or does not read.
  lines.flushSync = () => {}
  return {
    log: pino(logOptions(level), lines),
    async end() {
      const written = once(lines, 'close').catch(() => {})
      lines.end()
      lines.write = () => true
      await Promise.race([written, pause(LAST_LINES_MS, undefined, { ref: false })])
    },
  }
}

export function logOptions(level: string): LoggerOptions {
  return { level, serializers: { err: withoutData } }
}

/** What is logged of an error. */
interface LoggedError {
  readonly type: string
  readonly message?: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: LoggedError
}

const CAUSES_MAX = 4
/** Names of the operating system's errors. A code that only looks like one may be a model class's, and its words too. */
const SYSTEM_NAMES = new Set([...getSystemErrorMap().values()].map(([name]) => name))
/** Of name servers and of TLS. */
const NETWORK_CODE =
  /^(ENOTFOUND|ENODATA|ESERVFAIL|EDQUOT|CERT_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/
/** SQLSTATEs of PostgreSQL's classes, but for those of values (22) and of constraints (23). */
const SQLSTATE = /^(?!2[23])(\d[\dA-Z]|F0|HV|P0|XX)[\dA-Z]{3}$/
/** Codes of Node, Fastify, zlib and the like. */
const LIBRARY_CODE = /^(ERR|FST|HPE|Z|UND|UNABLE)_[A-Z0-9_]{1,80}$/
/** Errors of the worker's own, which name files and processes. */
const OWN = new Set(['SpoolFileError', 'EmbeddedPostgresError', 'DataDirInUseError', 'MigrationError'])

/**
 * The type, the code and the places of an error. Its words only when they are the system's: those of a model class, a
 * parser or a check of rows may quote a value. Its name and its code are only what code gives, not what data can.
 */
export function withoutData(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error }
  const { message, stack, cause } = error
  const code = knownCode((error as { code?: unknown }).code)
  const hasOwnWords = OWN.has(typeOf(error)) || isSystems(code) || isDatabaseUnavailable(error)
  return {
    type: typeOf(error),
    ...(hasOwnWords ? { message } : {}),
    ...(code === undefined ? {} : { code }),
    stack: placesOf(stack, message),
    ...(cause === undefined || depth >= CAUSES_MAX ? {} : { cause: withoutData(cause, depth + 1) }),
  }
}

/** The name of its class. */
function typeOf(error: Error): string {
  const { name } = error.constructor ?? Error
  return /^[A-Za-z_$][\w$]{0,60}$/.test(name) ? name : 'Error'
}

function isSystems(code: string | undefined): boolean {
  return code !== undefined && (SYSTEM_NAMES.has(code) || NETWORK_CODE.test(code) || SQLSTATE.test(code))
}

function knownCode(code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined
  const isKnown =
    isSystems(code) || /^2[23][\dA-Z]{3}$/.test(code) || LIBRARY_CODE.test(code) || Object.hasOwn(ERROR_CATALOGUE, code)
  return isKnown ? code : undefined
}
