// Erasing among outcomes: those that say the value of a label, and those whose prediction was erased. To be registered after
// the log: what it has erased is found here.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import { inTransaction } from '../../database/pool.ts'
import type { Erased, Eraser } from '../../erasures/erasers.ts'
import { numberOf, type SoughtValue } from '../../model/sought-value.ts'
import type { ColumnsReader } from '../log/version-columns.ts'
import { markHours } from '../performance/marks-table.ts'
import { deleteOfErased, deleteSaying } from './kept-outcomes-table.ts'
import { projectsWithLabel, textsOf, unreadFailure } from './projects-with-label.ts'

export interface OutcomesEraserParts {
  readonly ownSchema: OwnSchema
  readonly columns: Pick<ColumnsReader, 'of'>
  readonly onMarked: () => void
  readonly now: () => number
}

export function outcomesEraser(parts: OutcomesEraserParts): Eraser {
  return { name: 'outcomes', erase: (sought, signal) => eraseOutcomes(parts, sought, signal) }
}

/** O(outcomes and logged predictions). */
async function eraseOutcomes(parts: OutcomesEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { ownSchema, onMarked, now } = parts
  await ownSchema.require()
  const { projectIds, unread } = await projectsWithLabel(parts, sought.column, signal)
  let outcomes = 0
  for (const projectId of projectIds) {
    if (signal.aborted) break
    outcomes += await inTransaction(ownSchema.pool, async (tx) => {
      const times = await deleteSaying(tx, projectId, textsOf(sought.value), numberOf(sought.value))
      await markHours(tx, projectId, times)
      return times.length
    })
  }
  if (!signal.aborted) outcomes += await deleteOfErased(ownSchema.pool, new Date(now()))
  onMarked()
  return { erased: { outcomes }, failure: unreadFailure(unread) }
}
