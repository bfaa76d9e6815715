// How levels that the training never saw become bytes of the table: JSON in the clear, or sealed, each hour a chunk of its batch.
import { randomUUID } from 'node:crypto'
import { cipherWith, type KeyRing } from '../../encryption/key-ring.ts'
import { SealedError } from '../../encryption/sealed-layout.ts'
import type { UnseenCounts } from '../../prediction/rows-watch.ts'
import { batchObjectId } from '../log/log-writer.ts'
import type { UnseenHour } from './unseen-levels.ts'
import type { StoredUnseen, UnseenBatch } from './unseen-levels-table.ts'

export function unseenBatchOf(hours: readonly UnseenHour[], keys: KeyRing): UnseenBatch {
  const batchId = randomUUID()
  const written = hours.map(({ columns, ...hour }) => ({ ...hour, text: JSON.stringify(columns), sealed: undefined }))
  if (keys.isEmpty) return { batchId, header: undefined, hours: written }
  const key = keys.newSealingKey(batchObjectId(batchId))
  const cipher = cipherWith(key)
  const sealed = written.map(({ text, ...hour }, i) => {
    return { ...hour, text: undefined, sealed: Buffer.from(cipher.seal(i, false, Buffer.from(text))) }
  })
  return { batchId, header: Buffer.from(key.header, 'base64'), hours: sealed }
}

/** Throws SealedError where they are sealed and cannot be opened. */
export function levelsOf({ batchId, batchRow, levels, sealed, header }: StoredUnseen, keys: KeyRing): UnseenCounts[] {
  if (sealed === null) return levels as UnseenCounts[]
  if (header === null) throw new SealedError('damaged', 'its header is gone')
  const cipher = keys.cipherOf(header, batchObjectId(batchId))
  return JSON.parse(Buffer.from(cipher.open(batchRow, false, sealed)).toString('utf8'))
}
