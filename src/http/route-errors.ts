// The errors that a route can answer with: its own, and those that come with its kind.
import type { RouteOptions } from 'fastify'
import { ERROR_CATALOGUE, type ErrorCode } from '../errors.ts'

/** Of any request at all. */
const ALWAYS: readonly ErrorCode[] = [
  'REQUEST_MALFORMED',
  'REQUEST_TIMED_OUT',
  'HEADERS_TOO_LARGE',
  'HOST_REFUSED',
  'ORIGIN_REFUSED',
  'RATE_LIMITED',
  'INTERNAL',
  'OVERLOADED',
]
/** Where callers are asked who they are: what can stand against knowing it. */
const WHERE_ASKED: readonly ErrorCode[] = [
  'UNAUTHENTICATED',
  'ISSUER_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'TABLES_UNUSABLE',
  'NOT_SET_UP',
]
/** Where a body is received. */
const WITH_BODY: readonly ErrorCode[] = [
  'BODY_MALFORMED',
  'BODY_TOO_LARGE',
  'MEMORY_EXCEEDED',
  'MEDIA_TYPE_UNSUPPORTED',
  'DISK_UNAVAILABLE',
]

type Statements = Pick<RouteOptions, 'method' | 'schema' | 'config'>

/** By status, in the order of the catalogue. */
export function errorsOf({ method, schema, config }: Statements): Map<number, ErrorCode[]> {
  const permission = config?.permission
  const codes = new Set([
    ...ALWAYS,
    ...(permission === 'open' ? [] : WHERE_ASKED),
    ...(permission === 'open' || permission === 'known' ? [] : (['FORBIDDEN'] as const)),
    ...(method === 'GET' ? [] : WITH_BODY),
    ...(schema?.querystring !== undefined || schema?.params !== undefined ? (['REQUEST_INVALID'] as const) : []),
    // A path that is badly encoded.
    ...(schema?.params !== undefined ? (['ROUTE_UNKNOWN'] as const) : []),
    ...(schema?.docs?.errors ?? []),
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    if (!codes.has(code)) continue
    const { status } = ERROR_CATALOGUE[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return byStatus
}
