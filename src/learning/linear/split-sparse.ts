// Which columns of a matrix a linear fit reads whole, and of which it needs to look only at what is not 0.
import { DataError } from '../errors.ts'
import type { Matrix } from '../matrix.ts'
import { type SparseRows, SparseWriter, spreadColumn, toSparseColumns } from '../sparse.ts'
import { columnName } from './column-summary.ts'
import { onesByRow, rowsOfOnes } from './rows-of-ones.ts'

/** Fewer values are read faster than looked through for indicators. */
const INDICATOR_VALUES_MIN = 2e5
/** Of the rows: a sparse column with more values than that is read as a dense one. */
const FULL_SHARE = 0.5
/** Values beyond this could overflow in sums of products. */
const VALUE_MAX = 1e150

/**
 * dense, sparse                 the columns of each kind
 * denseFeatures, sparseFeatures of each of them its index in the Matrix, where sparse columns come after all others;
 *                               a column without any value other than 0 may be in neither
 */
export interface SplitMatrix {
  readonly rowCount: number
  readonly dense: readonly Float64Array[]
  readonly denseFeatures: Int32Array
  readonly sparse: SparseRows
  readonly sparseFeatures: Int32Array
}

/**
 * Takes columns of 0 and few 1 as sparse ones, and sparse columns of many values as dense ones. Throws DataError naming a
 * sparse column whose values are missing or too large. O(values).
 */
export function splitSparse(x: Matrix): SplitMatrix {
  const { rowCount } = x
  const lists = rowCount * x.columns.length < INDICATOR_VALUES_MIN ? [] : rowsOfOnes(x.columns)
  const isIndicator = (j: number): boolean => lists[j] !== undefined
  const indices = Int32Array.from(x.columns.keys())
  const others = indices.filter((j) => !isIndicator(j))
  const indicators = indices.filter(isIndicator)
  const dense = Array.from(others, (j) => x.columns[j] as Float64Array)
  const denseFeatures = [...others]
  const given = x.sparse ?? { columnCount: 0, ...NO_VALUES, starts: new Int32Array(rowCount + 1) }
  const counts = countValues(given, x.columns.length)
  const full = Int32Array.from(counts.keys()).filter((j) => (counts[j] as number) > FULL_SHARE * rowCount)
  if (full.length > 0) {
    const byColumn = toSparseColumns(given)
    for (const j of full) {
      dense.push(spreadColumn(byColumn, j, new Float64Array(rowCount)))
      denseFeatures.push(x.columns.length + j)
    }
  }
  const isKept = (j: number): boolean => (counts[j] as number) > 0 && (counts[j] as number) <= FULL_SHARE * rowCount
  const kept = Int32Array.from(counts.keys()).filter(isKept)
  const isWhole = indicators.length === 0 && kept.length === given.columnCount
  return {
    rowCount,
    dense,
    denseFeatures: Int32Array.from(denseFeatures),
    sparse: isWhole ? given : joined(lists, indicators, given, kept, rowCount),
    sparseFeatures: Int32Array.from([...indicators, ...kept.map((j) => x.columns.length + j)]),
  }
}

const NO_VALUES = { columns: new Int32Array(0), values: new Float64Array(0) }

/** The number of values of each column, the index of the first of which is `first`. */
function countValues({ columnCount, starts, columns, values }: SparseRows, first: number): Int32Array {
  const counts = new Int32Array(columnCount)
  const end = starts.at(-1) as number
  for (let k = starts[0] as number; k < end; k++) {
    const j = columns[k] as number
    counts[j] = (counts[j] as number) + 1
    if (!(Math.abs(values[k] as number) <= VALUE_MAX)) throw unsummable(values[k] as number, first + j)
  }
  return counts
}

function unsummable(value: number, column: number): DataError {
  const name = columnName(column)
  if (Number.isNaN(value)) return new DataError(`${name} has missing values, which this method cannot take`)
  return new DataError(`${name} has values too large to sum; scale it first`)
}

/** The indicators, then those of the sparse columns that are kept. */
function joined(
  lists: readonly (Int32Array | undefined)[],
  indicators: Int32Array,
  given: SparseRows,
  kept: Int32Array,
  rowCount: number,
): SparseRows {
  const { starts, ones } = onesByRow(
    Array.from(indicators, (j) => lists[j]),
    rowCount,
  )
  const placeOf = new Int32Array(given.columnCount).fill(-1)
  kept.forEach((j, place) => {
    placeOf[j] = indicators.length + place
  })
  const writer = new SparseWriter()
  for (let i = 0; i < rowCount; i++) {
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) writer.add(ones[k] as number, 1)
    for (let k = given.starts[i] as number; k < (given.starts[i + 1] as number); k++) {
      const place = placeOf[given.columns[k] as number] as number
      if (place >= 0) writer.add(place, given.values[k] as number)
    }
    writer.endRow()
  }
  return writer.finish(indicators.length + kept.length)
}

/** Of each column Σ weight · value and Σ weight · value²; of rows of weight 0 nothing. O(values). */
export function sparseSums(
  { columnCount, starts, columns, values }: SparseRows,
  weights?: Float64Array,
): { readonly sums: Float64Array; readonly squares: Float64Array } {
  const sums = new Float64Array(columnCount)
  const squares = new Float64Array(columnCount)
  for (let i = 0; i + 1 < starts.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number)
    for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
      const j = columns[k] as number
      const value = values[k] as number
      sums[j] = (sums[j] as number) + weight * value
      squares[j] = (squares[j] as number) + weight * value * value
    }
  }
  return { sums, squares }
}
