// The check before a prediction: the rows have the columns that were fitted.
import { DataError } from './errors.ts'
import type { RowBlock } from './matrix.ts'

/** Throws DataError when the rows have not as many columns as were fitted, or fewer values than they claim. */
export function requireColumnCount(expected: number, x: RowBlock): void {
  if (x.columnCount !== expected) throw new DataError(`expected ${expected} columns, got ${x.columnCount}`)
  if (x.values.length < x.rowCount * x.columnCount) {
    throw new DataError(`${x.rowCount} rows of ${x.columnCount} columns need more than ${x.values.length} values`)
  }
}
