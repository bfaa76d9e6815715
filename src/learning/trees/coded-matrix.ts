// The matrix that trees are grown on: every value replaced by its rank, shared between threads, never written again.
import { DataError } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import type { Matrix } from '../matrix.ts'
import { sharedFloat64, sharedInt32, sharedUint8, sharedUint16, sharedUint32 } from '../parallel/shared-arrays.ts'
import { rankColumn } from './rank-column.ts'

/**
 * codes           column-major, rowCount a column. Of a number: its rank among the column's distinct values.
 *                 Of a category: its code. Of a missing value: missingCodes[column], the highest code of all.
 *                 The smallest type in which every code of the matrix fits.
 * values          the distinct values of numeric columns, ascending, those of column j from valueStarts[j]
 * categoryCounts  per column, 0 for numbers
 */
export interface CodedMatrix {
  readonly rowCount: number
  readonly columnCount: number
  readonly codes: Uint8Array | Uint16Array | Uint32Array
  readonly missingCodes: Int32Array
  readonly categoryCounts: Int32Array
  readonly values: Float64Array
  readonly valueStarts: Float64Array
}

/** A split on a category is a bit a category: this bounds it to 512 bytes. More are pooled before (poolLevels). */
export const CATEGORY_COUNT_MAX = 4096
/** A split names its column in 16 bits, and one number more stands for a leaf. */
export const COLUMN_COUNT_MAX = 65_535
/** Codes and positions are packed into 31 bits where few rows are sorted. */
export const ROW_COUNT_MAX = 2 ** 26

/**
 * Ranks every column. O(rows × columns); memory 1 to 4 bytes a value, and 8 a distinct value.
 * Throws FitStopped.
 */
export async function codeMatrix(x: Matrix, context: FitContext): Promise<CodedMatrix> {
  const { rowCount } = x
  const columnCount = x.columns.length
  const missingCodes = sharedInt32(columnCount)
  const valueStarts = sharedFloat64(columnCount + 1)
  let wide: Uint32Array = new Uint32Array(0)
  let narrow: Uint16Array = sharedUint16(rowCount * columnCount)
  const distincts: Float64Array[] = []
  let turned = performance.now()
  for (let j = 0; j < columnCount; j++) {
    if (performance.now() - turned > 25) {
      await turn()
      context.stop.throwIfSet()
      turned = performance.now()
    }
    const categoryCount = x.categoryCounts[j]!
    const { codes, distinct } =
      categoryCount > 0 ? codeCategories(x.columns[j]!, categoryCount) : rankColumn(x.columns[j]!)
    missingCodes[j] = categoryCount > 0 ? categoryCount : distinct.length
    valueStarts[j + 1] = valueStarts[j]! + distinct.length
    distincts.push(distinct)
    if (missingCodes[j]! > 65_535 && wide.length === 0) {
      wide = sharedUint32(rowCount * columnCount)
      copyInto(wide, narrow, 0, j * rowCount)
      narrow = new Uint16Array(0)
    }
    if (wide.length > 0) copyInto(wide, codes, j * rowCount, rowCount)
    else copyInto(narrow, codes, j * rowCount, rowCount)
  }
  const values = sharedFloat64(valueStarts[columnCount]!)
  distincts.forEach((distinct, j) => {
    copyInto(values, distinct, valueStarts[j]!, distinct.length)
  })
  const categoryCounts = Int32Array.from(x.categoryCounts)
  const codes = wide.length > 0 ? wide : missingCodes.every((code) => code <= 255) ? shareUint8(narrow) : narrow
  return { rowCount, columnCount, codes, missingCodes, categoryCounts, values, valueStarts }
}

/** Throws DataError on no rows, too many rows or columns. */
export function checkBounds({ rowCount, columns }: Matrix): void {
  if (rowCount === 0) throw new DataError('there are no rows to learn from')
  if (rowCount > ROW_COUNT_MAX) throw new DataError(`trees take at most ${ROW_COUNT_MAX} rows, got ${rowCount}`)
  if (columns.length > COLUMN_COUNT_MAX) {
    throw new DataError(`trees take at most ${COLUMN_COUNT_MAX} columns, got ${columns.length}`)
  }
}

function codeCategories(column: Float64Array, categoryCount: number) {
  const codes = Uint32Array.from(column, (value) => (Number.isNaN(value) ? categoryCount : value))
  return { codes, distinct: new Float64Array(0) }
}

function shareUint8(codes: Uint16Array): Uint8Array {
  const shared = sharedUint8(codes.length)
  copyInto(shared, codes, 0, codes.length)
  return shared
}

/** A loop, because TypedArray.set onto shared memory is several times slower (node#62032). */
function copyInto(
  target: Uint8Array | Uint16Array | Uint32Array | Float64Array,
  source: Uint16Array | Uint32Array | Float64Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) target[at + i] = source[i]!
}
