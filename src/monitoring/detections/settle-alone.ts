// The columns of a sample as what they are, each by itself: one that is of several kinds fails no other.
import { FaultList } from '../../model/faults.ts'
import { notMixed, type ReadTable } from '../../model/read-column.ts'
import { NO_READING_OPTIONS } from '../../model/reading-options.ts'
import { settleTable } from '../../model/settle-columns.ts'
import type { Column, Table } from '../../model/table.ts'
import type { TableMemory } from '../../model/table-memory.ts'

/**
 * Numbers, categories and times, as a training takes them; what a training would refuse is categories.
 * isOfTexts: of a CSV, in which values have no type. O(cells).
 */
export function settleAlone(
  { rowCount, columns }: ReadTable,
  isOfTexts: boolean,
  memory: TableMemory | undefined,
): Table {
  const settled = columns.map((column): Column => {
    const faults = new FaultList()
    const { columns: found } = settleTable(
      { rowCount, columns: [column] },
      {
        place: 'features',
        options: NO_READING_OPTIONS,
        isOfTexts,
        faults,
        takes: (kind) => kind === 'time',
        memory,
        // What is decided here is seen in the answer: the kind of the column, and its cells.
        warn: () => {},
      },
    )
    return faults.isEmpty ? (found[0] as Column) : notMixed(column)
  })
  return { rowCount, columns: settled }
}
