// Statements on ml_worker.storage_deletions, and the locks on objects that go with them.
import { OBJECT_LOCK_CLASS } from '../database/lock-kinds.ts'
import type { Queryable, Transaction } from '../database/pool.ts'
import { storableText } from '../database/storable-text.ts'

export interface DueDeletion {
  readonly key: string
  /** Those that failed. */
  readonly attempts: number
}

/** Keys that are there already stay as they are. Returns how many were added. */
export async function insertDeletions(client: Queryable, keys: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    `insert into ml_worker.storage_deletions (object_key)
     select distinct key from unnest($1::text[]) as given (key) order by key
     on conflict do nothing`,
    [keys],
  )
  return rowCount ?? 0
}

/** The next one whose time has come, which no other worker holds; it is held until the end of the transaction. */
export async function takeDueDeletion(tx: Transaction): Promise<DueDeletion | undefined> {
  const { rows } = await tx.query<DueDeletion>(
    `select object_key as key, attempts from ml_worker.storage_deletions
     where try_after <= now() order by try_after limit 1 for update skip locked`,
  )
  return rows[0]
}

export async function removeDeletion(tx: Transaction, key: string): Promise<void> {
  await tx.query('delete from ml_worker.storage_deletions where object_key = $1', [key])
}

/** Puts it off without an attempt. */
export async function postponeDeletion(tx: Transaction, key: string, seconds: number): Promise<void> {
  await tx.query(
    `update ml_worker.storage_deletions set try_after = now() + make_interval(secs => $2) where object_key = $1`,
    [key, seconds],
  )
}

export async function recordFailure(
  tx: Transaction,
  key: string,
  { message, seconds }: { readonly message: string; readonly seconds: number },
): Promise<void> {
  await tx.query(
    `update ml_worker.storage_deletions
     set attempts = attempts + 1, last_error = $3, try_after = now() + make_interval(secs => $2)
     where object_key = $1`,
    [key, seconds, storableText(message)],
  )
}

/** Until the end of the transaction nobody deletes these objects. Waits for a deletion that is under way. */
export async function lockObjects(tx: Transaction, keys: readonly string[]): Promise<void> {
  await tx.query(
    `select pg_advisory_xact_lock_shared($1, hash)
     from (select distinct hashtext(key) as hash from unnest($2::text[]) as given (key) order by hash) as hashes`,
    [OBJECT_LOCK_CLASS, keys],
  )
}

/** False where a transaction that is open keeps the object. */
export async function tryLockForDeletion(tx: Transaction, key: string): Promise<boolean> {
  const { rows } = await tx.query<{ locked: boolean }>('select pg_try_advisory_xact_lock($1, hashtext($2)) as locked', [
    OBJECT_LOCK_CLASS,
    key,
  ])
  return rows[0]?.locked === true
}
