// Objects of data sets that no data set has any more, or never had: an upload that was killed, a deletion that failed.
import type { Queryable } from '../database/pool.ts'
import type { Storage } from '../storage/storage.ts'
import { KEY_PREFIX } from './data-sets.ts'
import { knownKeys } from './datasets-table.ts'

const PAGE = 500
/** An object that is younger may be of an upload whose row is about to be written. */
const AGE_MS_MIN = 24 * 3_600_000

/** Deletes them and returns how many there were. O(objects). */
export async function sweepObjects(
  client: Queryable,
  storage: Storage,
  { now = Date.now(), signal }: { readonly now?: number; readonly signal?: AbortSignal } = {},
): Promise<number> {
  let deletedCount = 0
  for (let after = ''; ; ) {
    signal?.throwIfAborted()
    const objects = await storage.list({ prefix: KEY_PREFIX, after, limit: PAGE })
    const old = objects.filter(({ storedAt }) => now - storedAt > AGE_MS_MIN).map(({ key }) => key)
    const known = await knownKeys(client, old)
    for (const key of old) {
      if (known.has(key)) continue
      await storage.delete(key)
      deletedCount += 1
    }
    const last = objects.at(-1)
    if (last === undefined || objects.length < PAGE) return deletedCount
    after = last.key
  }
}
