// Writes batches of rows: seals their features where there are keys, and makes the day of a row that has none.
import { randomUUID } from 'node:crypto'
import { inTransaction, type ServicePool } from '../../database/pool.ts'
import { cipherWith, type KeyRing } from '../../encryption/key-ring.ts'
import { keyDigestOf } from './key-digests.ts'
import type { LoggedRow } from './logged-row.ts'
import { timeOfId } from './logged-row.ts'
import { addPredictionDays } from './prediction-days-table.ts'
import { type Batch, insertPredictions } from './predictions-table.ts'

/** SQLSTATE of a row that no partition takes. */
const NO_PARTITION = '23514'

/** What the sealed features of a batch are bound to. */
export function batchObjectId(batchId: string): string {
  return `predictions/${batchId}`
}

/** Chunks of a batch from here on are keys: each row has one more. */
const KEY_CHUNKS = 2 ** 31

/** The chunk of a batch that the key of a row is. */
export function keyChunkOf(row: number): number {
  return KEY_CHUNKS + row
}

/** Each row is a chunk of the batch, and so is its key. O(values). */
export function batchOf(rows: readonly LoggedRow[], keys: KeyRing): Batch {
  const keyDigests = rows.map(({ key }) => key && keyDigestOf(keys, key.column, key.text))
  if (keys.isEmpty) return { rows, keyDigests, sealed: undefined }
  const batchId = randomUUID()
  const key = keys.newSealingKey(batchObjectId(batchId))
  const cipher = cipherWith(key)
  const features = rows.map(({ features: { buffer, byteOffset, byteLength } }, i) =>
    cipher.seal(i, false, new Uint8Array(buffer, byteOffset, byteLength)),
  )
  const sealedKeys = rows.map(({ key }, i) => key && cipher.seal(keyChunkOf(i), false, Buffer.from(key.text)))
  const header = Buffer.from(key.header, 'base64')
  return { rows, keyDigests, sealed: { batchId, header, features, keys: sealedKeys } }
}

/** In one transaction. Rows that are there already count for nothing. Throws what the database throws. */
export async function writeBatch(pool: ServicePool, batch: Batch): Promise<void> {
  const write = (): Promise<void> => inTransaction(pool, (tx) => insertPredictions(tx, batch))
  try {
    await write()
  } catch (error) {
    if ((error as { code?: string }).code !== NO_PARTITION) throw error
    for (const day of daysOf(batch.rows)) await addPredictionDays(pool, day, 1)
    await write()
  }
}

const DAY_MS = 86_400_000

function daysOf(rows: readonly LoggedRow[]): Set<number> {
  return new Set(rows.map(({ predictionId }) => Math.floor(timeOfId(predictionId) / DAY_MS) * DAY_MS))
}
