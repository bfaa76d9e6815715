// Erasing among outcomes: those that say the value of a label, those whose prediction was erased, and those of a key that wait for
// theirs. To be registered after the log: what it has erased is found here.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import type { KeyRing } from '../../encryption/key-ring.ts'
import type { Erased, Eraser } from '../../erasures/erasers.ts'
import { numberOf, type SoughtValue } from '../../model/sought-value.ts'
import { keyDigestsOf, keyTextsOf } from '../log/key-digests.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { markHours } from '../performance/marks-table.ts'
import { deleteOfErased, deleteSaying } from './kept-outcomes-table.ts'
import { deleteKeyedSaying, deleteOfKeys } from './keyed-outcomes-table.ts'
import { projectsWithLabel, textsOf, unreadFailure } from './projects-with-label.ts'

export interface OutcomesEraserParts {
  readonly ownSchema: OwnSchema
  readonly columns: Pick<ColumnsReader, 'of'>
  readonly keys: KeyRing
  readonly onMarked: () => void
  readonly now: () => number
}

export function outcomesEraser(parts: OutcomesEraserParts): Eraser {
  return { name: 'outcomes', erase: (sought, signal) => eraseOutcomes(parts, sought, signal) }
}

/** O(outcomes and logged predictions). */
async function eraseOutcomes(parts: OutcomesEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { ownSchema, keys, onMarked, now } = parts
  const { column, value } = sought
  await ownSchema.require()
  const { projectIds, unread } = await projectsWithLabel(parts, column, signal)
  const keyDigests = keyTextsOf(value).flatMap((text) => keyDigestsOf(keys, column, text))
  let outcomes = await deleteOfKeys(ownSchema.pool, keyDigests)
  for (const projectId of projectIds) {
    if (signal.aborted) break
    outcomes += await inTransaction(ownSchema.pool, async (tx) => {
      const said = [textsOf(value), numberOf(value)] as const
      const times = await deleteSaying(tx, projectId, ...said)
      await markHours(tx, projectId, times)
      return times.length + (await deleteKeyedSaying(tx, projectId, ...said))
    })
  }
  if (!signal.aborted) outcomes += await deleteOfErased(ownSchema.pool, new Date(now()))
  onMarked()
  return { erased: { outcomes }, failure: unreadFailure(unread) }
}
