// Columns of which most values are 0: only the others are kept, row by row (compressed sparse rows).
import { DataError } from './errors.ts'
import { sharedFloat64, sharedInt32 } from './parallel/shared-arrays.ts'

/**
 * The values of row i are values[starts[i] … starts[i + 1] − 1], in the columns `columns` of the same places; all others
 * are 0. All three may be shared with the caller and are never written to.
 *
 * starts   one per row, and the end of the last; starts[0] may be above 0
 * columns  0 … columnCount − 1, ascending within a row, none twice
 * values   finite
 */
export interface SparseRows {
  readonly columnCount: number
  readonly starts: Int32Array
  readonly columns: Int32Array
  readonly values: Float64Array
}

/** The same by columns: those of column j are in rows[starts[j] … starts[j + 1] − 1], ascending. */
export interface SparseColumns {
  readonly starts: Int32Array
  readonly rows: Int32Array
  readonly values: Float64Array
}

/** Values that are kept, of all rows. */
export function valueCountOf({ starts }: SparseRows): number {
  return (starts.at(-1) as number) - (starts[0] as number)
}

/** Values that are not 0 in all rows together: what one typed array of indices holds. */
export const SPARSE_VALUES_MAX = 2 ** 28

/** Writes SparseRows one value after the other. O(1) a value; memory at most twice 12 bytes a value. */
export class SparseWriter {
  private readonly starts: number[] = [0]
  private columns = new Int32Array(1024)
  private values = new Float64Array(1024)
  private length = 0

  /** Columns of a row must come ascending. Throws DataError beyond SPARSE_VALUES_MAX. */
  add(column: number, value: number): void {
    if (this.length === this.columns.length) this.grow()
    this.columns[this.length] = column
    this.values[this.length++] = value
  }

  /** Adds the values of row i of others, in their columns moved by `offset`. */
  addRow({ starts, columns, values }: SparseRows, i: number, offset = 0): void {
    const end = starts[i + 1] as number
    for (let k = starts[i] as number; k < end; k++) this.add((columns[k] as number) + offset, values[k] as number)
  }

  endRow(): void {
    this.starts.push(this.length)
  }

  finish(columnCount: number): SparseRows {
    const { starts, columns, values, length } = this
    return {
      columnCount,
      starts: Int32Array.from(starts),
      columns: columns.subarray(0, length),
      values: values.subarray(0, length),
    }
  }

  private grow(): void {
    const size = Math.min(2 * this.length, SPARSE_VALUES_MAX)
    if (size === this.length)
      throw new DataError(`sparse columns hold at most ${SPARSE_VALUES_MAX} values other than 0`)
    const columns = new Int32Array(size)
    const values = new Float64Array(size)
    columns.set(this.columns)
    values.set(this.values)
    this.columns = columns
    this.values = values
  }
}

/** Rows [start, end), without a copy of the values. O(rows). */
export function sliceSparse(sparse: SparseRows, start: number, end: number): SparseRows {
  return { ...sparse, starts: sparse.starts.subarray(start, end + 1) }
}

/** The columns of `left`, then those of `right`, of the same rows. O(values). */
export function joinSparse(left: SparseRows, right: SparseRows): SparseRows {
  const rowCount = left.starts.length - 1
  const writer = new SparseWriter()
  for (let i = 0; i < rowCount; i++) {
    writer.addRow(left, i)
    writer.addRow(right, i, left.columnCount)
    writer.endRow()
  }
  return writer.finish(left.columnCount + right.columnCount)
}

/** The value of row i in column j. O(log values of the row). */
export function sparseValue({ starts, columns, values }: SparseRows, i: number, j: number): number {
  let low = starts[i] as number
  let high = starts[i + 1] as number
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((columns[middle] as number) < j) low = middle + 1
    else high = middle
  }
  return low < (starts[i + 1] as number) && columns[low] === j ? (values[low] as number) : 0
}

/** By columns, in memory that threads share. O(values + columns). */
export function toSparseColumns({ columnCount, starts, columns, values }: SparseRows): SparseColumns {
  const rowCount = starts.length - 1
  const [from, end] = [starts[0] as number, starts[rowCount] as number]
  const columnStarts = sharedInt32(columnCount + 1)
  for (let k = from; k < end; k++) {
    const next = (columns[k] as number) + 1
    columnStarts[next] = (columnStarts[next] as number) + 1
  }
  for (let j = 0; j < columnCount; j++) {
    columnStarts[j + 1] = (columnStarts[j + 1] as number) + (columnStarts[j] as number)
  }
  const next = columnStarts.slice()
  const rows = sharedInt32(end - from)
  const byColumn = sharedFloat64(end - from)
  for (let i = 0; i < rowCount; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const j = columns[k] as number
      const at = next[j] as number
      next[j] = at + 1
      rows[at] = i
      byColumn[at] = values[k] as number
    }
  }
  return { starts: columnStarts, rows, values: byColumn }
}

/** Overwrites `into` with all values of column j. O(rows). */
export function spreadColumn({ starts, rows, values }: SparseColumns, j: number, into: Float64Array): Float64Array {
  into.fill(0)
  for (let k = starts[j] as number; k < (starts[j + 1] as number); k++) into[rows[k] as number] = values[k] as number
  return into
}
