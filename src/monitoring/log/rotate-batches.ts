// Takes what the features of kept predictions are sealed with to the first key.
import type { Queryable } from '../../database/pool.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { Rotation, type RotationOptions } from '../../encryption/rotation.ts'
import { keyIdIn, SealedError } from '../../encryption/sealed-layout.ts'
import { listBatches, rewriteHeader, type StoredBatch } from './prediction-batches-table.ts'

interface BatchesToRotate {
  /** The worker's own schema. */
  readonly client: Queryable
  readonly keys: KeyRing
}

const PAGE_LENGTH = 1_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/**
 * May be broken off and begun again, beside workers that have the keys. What was written in the clear stays so until its
 * time is over. Throws what the database throws.
 */
export async function rotateBatches(
  { client, keys }: BatchesToRotate,
  { isDryRun }: RotationOptions,
): Promise<Rotation> {
  const rotation = new Rotation()
  for (let after = FIRST; ; ) {
    const page = await listBatches(client, PAGE_LENGTH, after)
    for (const { batchId, header } of page) {
      const id = keyIdIn(header)
      if (id === keys.ids[0]) {
        rotation.count('current')
        continue
      }
      try {
        const rewrapped = keys.rewrap(header)
        // One that is gone meanwhile needs no key.
        if (isDryRun || (await rewriteHeader(client, { batchId, header: rewrapped }))) rotation.count('rewrapped')
      } catch (error) {
        if (!(error instanceof SealedError)) throw error
        rotation.keep(id, error.fault === 'key_missing' ? 'its key is missing' : error.message)
      }
    }
    if (page.length < PAGE_LENGTH) return rotation
    after = (page.at(-1) as StoredBatch).batchId
  }
}
