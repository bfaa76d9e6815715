// The most rows and columns that a package bears.
import { DataError } from '../learning/errors.ts'
import type { Table } from '../model/table.ts'

export interface SizeLimit {
  readonly rowsMax: number
  /** Rows × columns; a categorical column counts as one column for each category where it is encoded so. */
  readonly valuesMax: number
  readonly countsCategories: boolean
  /** The model class that takes more. */
  readonly wayOut: string
}

/**
 * True when the table has rows and columns and is within the limit. Throws DataError, with the way out, when it is not.
 */
export function isWithinSize({ rowCount, columns }: Table, limit: SizeLimit): boolean {
  if (rowCount === 0 || columns.length === 0) return false
  const columnCount = columns.reduce(
    (sum, column) =>
      sum + (limit.countsCategories && column.kind === 'categorical' ? Math.max(column.levels.length, 1) : 1),
    0,
  )
  if (rowCount <= limit.rowsMax && rowCount * columnCount <= limit.valuesMax) return true
  const encoded = limit.countsCategories ? ' (categories as one column each)' : ''
  throw new DataError(
    `${rowCount} rows × ${columnCount} columns${encoded} are too many for this model, which takes at most ` +
      `${limit.rowsMax} rows and ${limit.valuesMax} values (rows × columns): use "${limit.wayOut}"`,
  )
}
