// The room that deletes what nobody needs from the storage, after the commit of whoever let go of it.
import type { Transaction } from '../database/pool.ts'
import type { Foundation } from '../foundation.ts'
import type { Opened } from '../room.ts'
import { deleteDueObjects } from './delete-objects.ts'
import type { ObjectReferences } from './object-references.ts'
import { insertDeletions, lockObjects } from './storage-deletions-table.ts'
import { GRACE_MS } from './sweep-orphans.ts'

export interface StorageUpkeep {
  /** The objects are deleted some time after the transaction is committed, unless a room needs them by then. */
  deleteAfterCommit(tx: Transaction, ...keys: string[]): Promise<void>
  /**
   * For a transaction that will refer to these objects, which are stored: until its end nobody deletes them. Returns those
   * that are gone already, and must be put again.
   */
  keep(tx: Transaction, ...keys: string[]): Promise<string[]>
}

const DELETIONS_EVERY_SECONDS = 60
const ABANDONED_EVERY_SECONDS = 86_400

/** references: of all rooms that store objects. */
export async function openStorageUpkeep(
  { ownSchema: { pool }, storage, jobs, log }: Foundation,
  references: ObjectReferences,
): Promise<Opened<StorageUpkeep>> {
  jobs.repeat('storage-deletions', { everySeconds: DELETIONS_EVERY_SECONDS }, async (signal) => {
    const deleted = await deleteDueObjects({ pool, storage, references, log }, signal)
    if (deleted > 0) log.debug({ deleted }, 'stored objects were deleted')
  })
  if (storage.removeAbandoned !== undefined) {
    jobs.repeat('storage-abandoned-puts', { everySeconds: ABANDONED_EVERY_SECONDS }, async (signal) => {
      const removed = (await storage.removeAbandoned?.(Date.now() - GRACE_MS, signal)) ?? 0
      if (removed > 0) log.info({ removed }, 'parts of puts that never ended were removed from the storage')
    })
  }
  const api: StorageUpkeep = {
    async deleteAfterCommit(tx, ...keys) {
      await insertDeletions(tx, keys)
    },
    async keep(tx, ...keys) {
      await lockObjects(tx, keys)
      const gone: string[] = []
      for (const key of keys) if ((await storage.stat(key)) === undefined) gone.push(key)
      return gone
    },
  }
  return { room: { name: 'storage-upkeep' }, api }
}
