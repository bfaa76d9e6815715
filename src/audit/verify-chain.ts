// Whether the audit is as it was written: every entry by its digest, and the digests by the entries before.
import { setImmediate as breathe } from 'node:timers/promises'
import type { Queryable } from '../database/pool.ts'
import { CHAIN_START, type ChainLink, chainFault } from './audit-event.ts'
import { entriesAfter } from './audit-events-table.ts'

const PAGE_LENGTH = 1_000

export interface ChainReport {
  /** The last entry that holds. */
  readonly head: ChainLink
  /** What is wrong with the first that does not; undefined when all hold. */
  readonly fault: string | undefined
}

/**
 * Reads the whole chain, a thousand entries at a time. known: an entry that was seen before, as a log or a person kept it;
 * without one, entries that are missing at the end are not found. O(entries).
 */
export async function verifyChain(client: Queryable, known?: ChainLink): Promise<ChainReport> {
  let head = CHAIN_START
  for (;;) {
    const entries = await entriesAfter(client, head.eventId, PAGE_LENGTH)
    for (const entry of entries) {
      const fault = chainFault(head, entry) ?? knownFault(known, entry)
      if (fault !== undefined) return { head, fault }
      head = { eventId: entry.eventId, digest: entry.digest }
    }
    if (entries.length < PAGE_LENGTH) break
    await breathe()
  }
  if (known !== undefined && known.eventId > head.eventId) {
    return { head, fault: `entry ${known.eventId} was there once, and the last one now is ${head.eventId}` }
  }
  return { head, fault: undefined }
}

function knownFault(known: ChainLink | undefined, { eventId, digest }: ChainLink): string | undefined {
  if (known?.eventId !== eventId || known.digest === digest) return undefined
  return `entry ${eventId} had the digest ${known.digest} once: the chain was written anew`
}
