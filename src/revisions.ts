// Revisions of what is changed as strong entity tags (RFC 9110, 13.1.1): a change names the one that it was made from.
import { ServiceError } from './errors.ts'

const TAG = /^"([1-9][0-9]{0,8})"$/

export function tagOf(revision: number): string {
  return `"${revision}"`
}

/**
 * Throws ServiceError PRECONDITION_REQUIRED without an If-Match, and PRECONDITION_FAILED where it names another revision.
 * `*` is any revision. `current`: undefined where there is nothing yet, which no If-Match asks for.
 */
export function requireMatch(ifMatch: string | undefined, current: number | undefined, what: string): void {
  if (ifMatch === undefined) {
    if (current === undefined) return
    const detail = `${what} is there: send its ETag, ${tagOf(current)} now, as If-Match`
    throw new ServiceError('PRECONDITION_REQUIRED', detail)
  }
  const tags = ifMatch.split(',').map((tag) => tag.trim())
  const isMet =
    current !== undefined && (ifMatch.trim() === '*' || tags.some((tag) => Number(TAG.exec(tag)?.[1]) === current))
  if (isMet) return
  const quotes = /^[0-9]+$/.test(ifMatch.trim()) ? '; an entity tag has quotes around it' : ''
  const now = current === undefined ? 'it is not there' : `it is ${tagOf(current)} now`
  throw new ServiceError(
    'PRECONDITION_FAILED',
    `${what} is not as If-Match says, ${ifMatch.slice(0, 100)}: ${now}${quotes}`,
  )
}
