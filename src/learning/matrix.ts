// The two layouts of feature values: columns for fitting, rows for predicting.
import { scanColumn } from './wasm/column-scan.ts'

/**
 * Feature values for fitting, column-major.
 *
 * columns         one Float64Array of rowCount values per column; NaN is a missing value. Shared with the
 *                 caller and never written to. They may lie in SharedArrayBuffers.
 * categoryCounts  per column, 0 for numbers; k > 0 for k categories, whose values are the codes 0 … k−1 or NaN
 * columnNames     distinct, for parameters that name columns; absent where nobody named them
 */
export interface Matrix {
  readonly rowCount: number
  readonly columns: readonly Float64Array[]
  readonly categoryCounts: readonly number[]
  readonly columnNames?: readonly string[]
}

/**
 * Feature values for predicting, row-major: the value of row i, column j is values[i · columnCount + j].
 * The columns are those of the Matrix that was fitted, in its order; NaN is a missing value.
 */
export interface RowBlock {
  readonly rowCount: number
  readonly columnCount: number
  readonly values: Float64Array
}

/** A Matrix of numeric columns, without a copy. */
export function numericMatrix(columns: readonly Float64Array[], rowCount = columns[0]?.length ?? 0): Matrix {
  return { rowCount, columns, categoryCounts: columns.map(() => 0) }
}

/** Copies rows [start, end) of a column-major matrix into one row-major block. O(rows × columns). */
export function toRowBlock(matrix: Matrix, start = 0, end = matrix.rowCount): RowBlock {
  const columnCount = matrix.columns.length
  const rowCount = end - start
  const values = new Float64Array(rowCount * columnCount)
  for (let j = 0; j < columnCount; j++) {
    const column = matrix.columns[j] as Float64Array
    for (let i = start, k = j; i < end; i++, k += columnCount) values[k] = column[i] as number
  }
  return { rowCount, columnCount, values }
}

/** True when any value of the matrix is missing. O(rows × columns). */
export function hasMissing(matrix: Matrix): boolean {
  return matrix.columns.some((column) => scanColumn(column, true).hasMissing)
}
