// The log: one JSON object a line, or text that is readable in a terminal. It never holds values out of rows.
import pino, { type Logger, type LoggerOptions } from 'pino'
import { isDatabaseUnavailable } from './database/unavailable.ts'

export interface LogSettings {
  readonly level: string
  /** "auto" is pretty in a terminal. */
  readonly format: string
}

/** Writes to standard output. The package of pretty lines is loaded only for them. */
export async function createLog({ level, format }: LogSettings): Promise<Logger> {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stdout.isTTY)
  if (!isPretty) return pino(logOptions(level))
  const { default: pretty } = await import('pino-pretty')
  return pino(
    logOptions(level),
    pretty({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true, sync: true }),
  )
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
/** Codes of the operating system, and SQLSTATEs but for those of values (class 22) and of constraints (class 23). */
const SYSTEM_CODE = /^(E[A-Z0-9]+|(?!2[23])[0-9A-Z]{5})$/
/** Errors of the worker's own, which name files and processes. */
const OWN = new Set(['SpoolFileError', 'EmbeddedPostgresError', 'DataDirInUseError'])

/**
 * The type, the code and the places of an error. Its words only when they are the system's: those of a model class, a
 * parser or a check of rows may quote a value.
 */
export function withoutData(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, stack, cause } = error
  const { code } = error as NodeJS.ErrnoException
  const frames = (stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
  const isSystems = typeof code === 'string' && SYSTEM_CODE.test(code)
  return {
    type: name,
    ...(isSystems || OWN.has(name) || isDatabaseUnavailable(error) ? { message } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    stack: frames.join('\n'),
    ...(cause === undefined || depth >= CAUSES_MAX ? {} : { cause: withoutData(cause, depth + 1) }),
  }
}
