// A row to try a pipeline out with, where nobody has brought one.
import type { ColumnSchema } from './schema.ts'
import type { Column, Table } from './table.ts'

/** One row that any pipeline with these columns takes: zeros, first levels and the start of 1970. */
export function rowOf(schema: readonly ColumnSchema[]): Table {
  const columns = schema.map((column): Column => {
    if (column.kind === 'text')
      return { ...column, kind: 'categorical', codes: Int32Array.of(-1), levels: [], isText: true }
    if (column.kind !== 'categorical') return { ...column, values: new Float64Array(1) }
    return { ...column, codes: Int32Array.of(column.levels.length > 0 ? 0 : -1) }
  })
  return { rowCount: 1, columns }
}
