// Erasing among the rows of experiments: those of which an arm said the value of a label, and those whose prediction was erased. To
// be registered after the log: what it has erased is found here.
import type { OwnSchema } from '../../database/own-schema/own-schema.ts'
import type { Erased, Eraser } from '../../erasures/erasers.ts'
import type { SoughtValue } from '../../model/sought-value.ts'
import type { ColumnsReader } from '../../monitoring/log/version-columns.ts'
import { projectsWithLabel, textsOf, unreadFailure } from '../../monitoring/outcomes/projects-with-label.ts'
import { deleteAnswering, deleteOfErased } from './exposures-table.ts'

export interface ExperimentsEraserParts {
  readonly ownSchema: OwnSchema
  /** Writes what waits in memory. */
  readonly flush: () => Promise<void>
  readonly columns: Pick<ColumnsReader, 'of'>
  readonly now: () => number
}

export function experimentsEraser(parts: ExperimentsEraserParts): Eraser {
  return { name: 'experiments', erase: (sought, signal) => eraseRows(parts, sought, signal) }
}

/** O(rows of experiments). Units are digests of keys, which stand in no row: nothing is sought among them. */
async function eraseRows(parts: ExperimentsEraserParts, sought: SoughtValue, signal: AbortSignal): Promise<Erased> {
  const { ownSchema, flush, now } = parts
  await ownSchema.require()
  await flush()
  const { projectIds, unread } = await projectsWithLabel(parts, sought.column, signal)
  let rows = 0
  for (const projectId of projectIds) {
    if (signal.aborted) break
    rows += await deleteAnswering(ownSchema.pool, projectId, textsOf(sought.value))
  }
  if (!signal.aborted) rows += await deleteOfErased(ownSchema.pool, new Date(now()))
  return { erased: { experiment_rows: rows }, failure: unreadFailure(unread) }
}
