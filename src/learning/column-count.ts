// The check before a prediction: the rows have the columns that were fitted.
import { DataError } from './errors.ts'
import type { RowBlock } from './matrix.ts'

/**
 * Throws DataError when the rows have not as many columns as were fitted, fewer values than they claim, or sparse columns:
 * of an estimator that takes none.
 */
export function requireColumnCount(expected: number, x: RowBlock): void {
  if (x.sparse !== undefined) throw new DataError(`expected ${expected} dense columns, got sparse ones`)
  requireColumns(expected, x)
}

/** The same of an estimator that takes sparse columns: those of both kinds count. */
export function requireColumns(expected: number, x: RowBlock): void {
  const count = x.columnCount + (x.sparse?.columnCount ?? 0)
  if (count !== expected) throw new DataError(`expected ${expected} columns, got ${count}`)
  if (x.sparse !== undefined && x.sparse.starts.length <= x.rowCount) {
    throw new DataError(`${x.rowCount} rows need more than ${x.sparse.starts.length} starts of sparse rows`)
  }
  if (x.values.length < x.rowCount * x.columnCount) {
    throw new DataError(`${x.rowCount} rows of ${x.columnCount} columns need more than ${x.values.length} values`)
  }
}
