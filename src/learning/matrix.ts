// The two layouts of feature values: columns for fitting, rows for predicting.
import { DataError } from './errors.ts'
import { type SparseRows, sliceSparse, spreadColumn, toSparseColumns } from './sparse.ts'
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
  /** Further columns of numbers behind `columns`, most of whose values are 0; for estimators that take them. */
  readonly sparse?: SparseRows
}

/**
 * Feature values for predicting, row-major: the value of row i, column j is values[i · columnCount + j].
 * The columns are those of the Matrix that was fitted, in its order; NaN is a missing value.
 */
export interface RowBlock {
  readonly rowCount: number
  /** Without those of `sparse`. */
  readonly columnCount: number
  readonly values: Float64Array
  /** Further columns behind these, as the Matrix had them: an estimator does not mind which of its columns are sparse. */
  readonly sparse?: SparseRows
}

/** A Matrix of numeric columns, without a copy. */
export function numericMatrix(columns: readonly Float64Array[], rowCount = columns[0]?.length ?? 0): Matrix {
  return { rowCount, columns, categoryCounts: columns.map(() => 0) }
}

/** Columns of both kinds. */
export function columnCountOf({ columns, sparse }: Pick<Matrix, 'columns' | 'sparse'>): number {
  return columns.length + (sparse?.columnCount ?? 0)
}

/** Values that sparse columns may have once they are dense: 1 GiB. */
const DENSE_VALUES_MAX = 2 ** 27

/** Throws DataError for a matrix with sparse columns, which `method` does not take. */
export function requireDense(x: Matrix, method: string): void {
  if (x.sparse === undefined) return
  throw new DataError(`${method} takes no sparse columns, of which there are ${x.sparse.columnCount}: make them dense`)
}

/** The matrix with its sparse columns as others. Throws DataError where these would take more than 1 GiB. */
export function toDense(x: Matrix): Matrix {
  const { sparse, ...dense } = x
  if (sparse === undefined) return x
  const { columnCount } = sparse
  if (columnCount * x.rowCount > DENSE_VALUES_MAX) {
    throw new DataError(
      `${columnCount} sparse columns of ${x.rowCount} rows have more than ${DENSE_VALUES_MAX} values as dense ones`,
    )
  }
  const byColumn = toSparseColumns(sparse)
  const made = Array.from({ length: columnCount }, (_, j) => spreadColumn(byColumn, j, new Float64Array(x.rowCount)))
  return {
    ...dense,
    columns: [...x.columns, ...made],
    categoryCounts: [...x.categoryCounts, ...made.map(() => 0)],
  }
}

/** Rows [start, end) of a block with its sparse columns as others. O(rows × columns). */
export function toDenseRows(
  { columnCount, values, sparse }: RowBlock,
  start: number,
  end: number,
): { readonly columnCount: number; readonly rowCount: number; readonly values: Float64Array } {
  const rowCount = end - start
  if (sparse === undefined) {
    return { rowCount, columnCount, values: values.subarray(start * columnCount, end * columnCount) }
  }
  const width = columnCount + sparse.columnCount
  const dense = new Float64Array(rowCount * width)
  for (let i = start, to = 0; i < end; i++, to += width) {
    dense.set(values.subarray(i * columnCount, (i + 1) * columnCount), to)
    const first = to + columnCount
    for (let k = sparse.starts[i] as number; k < (sparse.starts[i + 1] as number); k++) {
      dense[first + (sparse.columns[k] as number)] = sparse.values[k] as number
    }
  }
  return { rowCount, columnCount: width, values: dense }
}

/** Copies rows [start, end) of a column-major matrix into one row-major block; sparse ones are not copied. O(rows × columns). */
export function toRowBlock(matrix: Matrix, start = 0, end = matrix.rowCount): RowBlock {
  const columnCount = matrix.columns.length
  const rowCount = end - start
  const values = new Float64Array(rowCount * columnCount)
  for (let j = 0; j < columnCount; j++) {
    const column = matrix.columns[j] as Float64Array
    for (let i = start, k = j; i < end; i++, k += columnCount) values[k] = column[i] as number
  }
  const block = { rowCount, columnCount, values }
  return matrix.sparse === undefined ? block : { ...block, sparse: sliceSparse(matrix.sparse, start, end) }
}

/** True when any value of the matrix is missing. O(rows × columns). */
export function hasMissing(matrix: Matrix): boolean {
  return matrix.columns.some((column) => scanColumn(column, true).hasMissing)
}
