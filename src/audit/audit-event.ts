// An entry of the audit, and the chain that it stands in.
import { createHash } from 'node:crypto'
import type { Caller } from '../caller.ts'

/** What happened, as a room tells it. Names, ids and digests: never a value of a row, a secret, or a person's name. */
export interface AuditEvent {
  readonly caller: Caller
  /** A noun and a verb: "run.train". */
  readonly action: string
  /** A noun and an id: "run/7". */
  readonly resource: string
  /** Digests of what it was before and is now. */
  readonly before?: string | undefined
  readonly after?: string | undefined
  readonly details?: Readonly<Record<string, unknown>>
}

/** An entry as it is stored. Times are in whole milliseconds, details are the text of their JSON. */
export interface AuditEntry {
  readonly eventId: number
  readonly happenedAt: Date
  readonly actor: string
  readonly address: string | null
  readonly requestId: string | null
  readonly action: string
  readonly resource: string
  readonly before: string | null
  readonly after: string | null
  readonly details: string | null
  readonly previousDigest: string
  readonly digest: string
}

/** An entry that is known by its number and digest alone. */
export interface ChainLink {
  readonly eventId: number
  readonly digest: string
}

/** Before the first entry. */
export const CHAIN_START: ChainLink = { eventId: 0, digest: '0'.repeat(64) }

/** The entry that follows in the chain. O(size of the event). */
export function nextEntry(last: ChainLink, event: AuditEvent, happenedAt: Date): AuditEntry {
  const entry = {
    eventId: last.eventId + 1,
    happenedAt,
    ...event.caller,
    action: event.action,
    resource: event.resource,
    before: event.before ?? null,
    after: event.after ?? null,
    details: event.details === undefined ? null : JSON.stringify(event.details),
    previousDigest: last.digest,
  }
  return { ...entry, digest: digestOf(entry) }
}

/** SHA-256, in hex, of the JSON of a list: every column in the order of the table, and the digest of the entry before. */
export function digestOf(entry: Omit<AuditEntry, 'digest'>): string {
  const { eventId, happenedAt, actor, address, requestId, action, resource, before, after, details } = entry
  const columns = [
    eventId,
    happenedAt.toISOString(),
    actor,
    address,
    requestId,
    action,
    resource,
    before,
    after,
    details,
  ]
  return createHash('sha256')
    .update(JSON.stringify([...columns, entry.previousDigest]))
    .digest('hex')
}

/** What is wrong with an entry that stands after `last`; undefined when the chain holds. */
export function chainFault(last: ChainLink, entry: AuditEntry): string | undefined {
  const { eventId } = entry
  if (eventId !== last.eventId + 1) return `entry ${eventId} follows entry ${last.eventId}: those between are gone`
  if (entry.previousDigest !== last.digest)
    return `entry ${eventId} was not written after entry ${last.eventId} as it is now`
  if (entry.digest !== digestOf(entry)) return `entry ${eventId} was changed after it was written`
  return undefined
}
