// The JSON body of a request, from bytes to an object whose members are known.

import { ServiceError } from '../errors.ts'
import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The object that the bytes hold. Throws ServiceError BODY_MALFORMED when they are not UTF-8, not JSON, or no object. */
export function parseBody(bytes: Uint8Array | undefined): Record<string, unknown> {
  if (bytes === undefined || bytes.length === 0)
    throw new ServiceError('BODY_MALFORMED', 'expected a JSON object, got no body')
  let body: unknown
  try {
    body = JSON.parse(decoder.decode(bytes))
  } catch (error) {
    const isUtf8Error = error instanceof TypeError
    throw new ServiceError(
      'BODY_MALFORMED',
      isUtf8Error ? 'the body is not UTF-8: JSON is sent as UTF-8' : (error as Error).message,
    )
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ServiceError(
      'BODY_MALFORMED',
      `expected a JSON object, got ${Array.isArray(body) ? 'an array' : shown(body)}`,
    )
  }
  return body as Record<string, unknown>
}

/** Adds a fault for every member that is not among the known ones: a misspelt one must not be passed over in silence. */
export function checkMembers(body: Record<string, unknown>, known: readonly string[], faults: FaultList): void {
  for (const member of Object.keys(body)) {
    if (!known.includes(member)) {
      faults.add({
        in: 'body',
        detail: `unknown member ${shown(member)}; expected ${known.join(', ')}`,
      })
    }
  }
}

/** The rows under a member of the body. Adds a fault and returns undefined when they are no list, or an empty one. */
export function rowsOf(
  body: Record<string, unknown>,
  member: 'features' | 'labels',
  faults: FaultList,
): unknown[] | undefined {
  const rows = body[member]
  if (!Array.isArray(rows)) {
    faults.add({ in: member, detail: `expected a list of rows, got ${rows === undefined ? 'nothing' : typeof rows}` })
    return undefined
  }
  if (rows.length === 0) {
    faults.add({ in: member, detail: 'expected at least one row, got none' })
    return undefined
  }
  return rows
}
