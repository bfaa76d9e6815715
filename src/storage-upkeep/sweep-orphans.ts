// Finds stored objects that nobody refers to, and puts them into the outbox.
import type { Queryable } from '../database/pool.ts'
import { LIST_LIMIT_MAX, type Storage, type StoredObject } from '../storage/storage.ts'
import type { ObjectReferences } from './object-references.ts'
import { insertDeletions } from './storage-deletions-table.ts'

/** An object is stored before what refers to it is committed: one that is younger is left alone. */
export const GRACE_MS = 24 * 3_600_000

export interface SweepParts {
  readonly storage: Storage
  readonly references: ObjectReferences
  readonly client: Queryable
  /** In milliseconds since 1970. Default: the clock. */
  readonly now?: () => number
}

export interface SweepOptions {
  /** True: it only looks. */
  readonly isDryRun: boolean
  /** Told of each orphan. */
  readonly onOrphan?: (object: StoredObject) => void
  readonly signal?: AbortSignal
}

/** What a sweep found, in objects. */
export interface Sweep {
  readonly listed: number
  /** Under no prefix that a room has registered: they are left alone. */
  readonly unowned: number
  /** Younger than a day, and left alone. */
  readonly young: number
  readonly orphans: number
  readonly orphanBytes: number
}

/** Goes through the whole store, a page at a time. Throws StorageError, and what the rooms and the database throw. */
export async function sweepOrphans(parts: SweepParts, options: SweepOptions): Promise<Sweep> {
  const { storage, references, client, now = Date.now } = parts
  const found = { listed: 0, unowned: 0, young: 0, orphans: 0, orphanBytes: 0 }
  for (let after = ''; ; ) {
    options.signal?.throwIfAborted()
    const page = await storage.list({ after, limit: LIST_LIMIT_MAX })
    const last = page.at(-1)
    if (last === undefined) return found
    after = last.key
    const owned = page.filter(({ key }) => references.isOwned(key))
    const old = owned.filter(({ storedAt }) => now() - storedAt > GRACE_MS)
    const inUse = await references.inUse(old.map(({ key }) => key))
    const orphans = old.filter(({ key }) => !inUse.has(key))
    found.listed += page.length
    found.unowned += page.length - owned.length
    found.young += owned.length - old.length
    found.orphans += orphans.length
    for (const orphan of orphans) {
      found.orphanBytes += orphan.byteLength
      options.onOrphan?.(orphan)
    }
    const keys = orphans.map(({ key }) => key)
    if (!options.isDryRun && keys.length > 0) await insertDeletions(client, keys)
  }
}
