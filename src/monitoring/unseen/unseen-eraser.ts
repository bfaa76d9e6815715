// Erasing levels that the training never saw: they are values of rows.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import { SealedError } from '../../encryption/sealed-layout.ts'
import type { Erased, Eraser } from '../../erasures/erasers.ts'
import { isSameValue, type SoughtValue } from '../../model/sought-value.ts'
import type { UnseenCounts } from '../../prediction/rows-watch.ts'
import { cutLevel } from '../../prediction/unseen-levels.ts'
import { levelsOf, unseenBatchOf } from './stored-levels.ts'
import { BEFORE_ALL, deleteUnseen, insertUnseen, listAllUnseen, type StoredUnseen } from './unseen-levels-table.ts'

const PAGE_ROWS = 200

export interface UnseenEraserParts {
  readonly ownSchema: OwnSchema
  readonly keys: KeyRing
  /** Writes what waits in memory. */
  readonly flush: () => Promise<void>
}

export function unseenEraser(parts: UnseenEraserParts): Eraser {
  return { name: 'unseen-levels', erase: (sought, signal) => eraseLevels(parts, sought, signal) }
}

/** What is written anew comes behind or before what is read: it has nothing left to erase. O(rows of the table). */
async function eraseLevels(
  { ownSchema, keys, flush }: UnseenEraserParts,
  sought: SoughtValue,
  signal: AbortSignal,
): Promise<Erased> {
  await ownSchema.require()
  await flush()
  let levels = 0
  let unread = 0
  let after = BEFORE_ALL
  while (!signal.aborted) {
    const page = await listAllUnseen(ownSchema.pool, PAGE_ROWS, after)
    for (const row of page) {
      try {
        levels += await eraseIn(row)
      } catch (error) {
        if (!(error instanceof SealedError)) throw error
        unread += 1
      }
    }
    if (page.length < PAGE_ROWS) break
    after = page.at(-1) as StoredUnseen
  }
  const failure = `${unread} rows of unseen_levels cannot be read: their key is not there`
  return { erased: { levels }, failure: unread > 0 ? failure : undefined }

  async function eraseIn(row: StoredUnseen): Promise<number> {
    const before = levelsOf(row, keys)
    const left = without(before, sought)
    const erased = countOf(before) - countOf(left)
    if (erased === 0) return 0
    const { deploymentId, version, startsAt } = row
    // Nothing is sealed twice with one key: what is left is a batch of its own.
    const batch = unseenBatchOf([{ deploymentId, version, startsAt, columns: left }], keys)
    await inTransaction(ownSchema.pool, async (tx) => {
      if ((await deleteUnseen(tx, row)) && left.length > 0) await insertUnseen(tx, batch)
    })
    return erased
  }
}

/** A level that was cut goes with each value that begins as it does. */
function without(columns: readonly UnseenCounts[], { column: name, value }: SoughtValue): UnseenCounts[] {
  const cut = typeof value === 'string' ? cutLevel(value) : value
  const kept = columns.map(({ column, levels }) => {
    return { column, levels: column === name ? levels.filter(([level]) => !isSameValue(level, cut)) : levels }
  })
  return kept.filter(({ levels }) => levels.length > 0)
}

function countOf(columns: readonly UnseenCounts[]): number {
  return columns.reduce((sum, { levels }) => sum + levels.length, 0)
}
