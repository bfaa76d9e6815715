// One turn of the outbox: deletes the objects whose time has come.
import type { Logger } from 'pino'
import { inTransaction, type ServicePool, type Transaction } from '../database/pool.ts'
import type { Storage } from '../storage/storage.ts'
import type { ObjectReferences } from './object-references.ts'
import {
  type DueDeletion,
  postponeDeletion,
  recordFailure,
  removeDeletion,
  takeDueDeletion,
  tryLockForDeletion,
} from './storage-deletions-table.ts'

export interface OutboxParts {
  readonly pool: ServicePool
  readonly storage: Storage
  readonly references: ObjectReferences
  readonly log: Logger
}

/** After so many failures in one turn the store is taken to be away: the rest waits for the next turn. */
const FAILURES_MAX = 3
const FIRST_WAIT_SECONDS = 60
const WAIT_SECONDS_MAX = 6 * 3_600
/** From this failed attempt on the log tells of an object. */
const TOLD_ATTEMPTS = 3

type Ending = 'deleted' | 'needed' | 'postponed' | 'failed'

/** Returns how many objects were deleted. Throws what the database throws. */
export async function deleteDueObjects(parts: OutboxParts, signal: AbortSignal): Promise<number> {
  let failures = 0
  let deleted = 0
  while (!signal.aborted && failures < FAILURES_MAX) {
    const ending = await inTransaction(parts.pool, async (tx) => {
      const due = await takeDueDeletion(tx)
      return due && endDeletion(tx, due, parts)
    })
    if (ending === undefined) break
    if (ending === 'failed') failures += 1
    if (ending === 'deleted') deleted += 1
  }
  return deleted
}

/** The row is held meanwhile. An object that is deleted while the commit fails is deleted once more, which does nothing. */
async function endDeletion(tx: Transaction, due: DueDeletion, parts: OutboxParts): Promise<Ending> {
  const { key } = due
  if (!(await tryLockForDeletion(tx, key))) {
    await postponeDeletion(tx, key, FIRST_WAIT_SECONDS)
    return 'postponed'
  }
  try {
    // Somebody may have put the same content again since.
    const isNeeded = (await parts.references.inUse([key])).has(key)
    if (!isNeeded) await parts.storage.delete(key)
    await removeDeletion(tx, key)
    return isNeeded ? 'needed' : 'deleted'
  } catch (error) {
    return putOff(tx, due, error as Error, parts.log)
  }
}

async function putOff(tx: Transaction, { key, attempts }: DueDeletion, error: Error, log: Logger): Promise<Ending> {
  const { message } = error
  const seconds = Math.min(WAIT_SECONDS_MAX, FIRST_WAIT_SECONDS * 2 ** attempts)
  await recordFailure(tx, key, { message, seconds })
  const level = attempts + 1 >= TOLD_ATTEMPTS ? 'warn' : 'debug'
  log[level](
    { object: key, attempts: attempts + 1, nextInSeconds: seconds, detail: message },
    'a stored object could not be deleted',
  )
  return 'failed'
}
