// Which errors mean that the database is away, and not that a statement is wrong.

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/**
 * PostgreSQL's error classes: 08 connection, 28 and 3D not let in, 53 resources, 57P operator intervention; 25006 a
 * standby that takes no writes, 25P03 a transaction of which nothing was heard for too long, 40001 and 40P01 one that met
 * another.
 */
const SQLSTATE = /^(08...|28...|3D000|53...|57P0[1-5]|25006|25P03|40001|40P01)$/
/**
 * 08P01 of a statement that is too long, or has too many parameters: it will be so again. Poolers say 08P01 of servers
 * that are away.
 */
const STATEMENT_REFUSED = /^(bind message|invalid message length|message contents do not agree|insufficient data left)/
/** What pg says without a code. */
const MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
]

/** True when the same statement may succeed once the database is back. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.some(isDatabaseUnavailable)) return true
  const { code } = error as { code?: unknown }
  if (code === '08P01' && STATEMENT_REFUSED.test(error.message)) return false
  // A Unix socket that is not there; a file that is not there is none of the database's.
  if (code === 'ENOENT') return (error as NodeJS.ErrnoException).syscall === 'connect'
  if (typeof code === 'string') return NETWORK_CODES.has(code) || SQLSTATE.test(code)
  return MESSAGES.some((message) => error.message.startsWith(message))
}

/** SQLSTATEs of a right, a table, a column or a function that is missing, and of a type that does not fit. */
const TABLES_FAULTS = new Set(['42501', '42P01', '42703', '42883', '42804', '3F000'])

/** True when the tables or the rights on them are not as the worker needs them. */
export function isTablesFault(error: unknown): boolean {
  return error instanceof Error && TABLES_FAULTS.has(String((error as { code?: unknown }).code))
}
