// The view of data and labels that a logistic fit works on: columns that vary, read as if they were standardized.
import { inSharedMemory, int32InSharedMemory } from '../parallel/shared-arrays.ts'
import type { SparseRows } from '../sparse.ts'
import { columnName, summarizeColumn } from './column-summary.ts'
import { COLUMN_PAD } from './gram.ts'
import { type SplitMatrix, sparseSums } from './split-sparse.ts'

/**
 * Entry (i, j) of the design is (columns[j][i] − offsets[j]) · scales[j], of about unit variance.
 *
 * columns       denseCount of them, then repetitions up to a multiple of COLUMN_PAD; the caller's arrays where possible
 * sparse        the other features, most of whose values are 0
 * offsets       means, or zeros without an intercept, where the mean may not be moved
 * codes         0 … classCount − 1 per row, or −1 where the weight is 0
 * weights       per row; absent for all 1
 */
export interface LogisticDesign {
  readonly rowCount: number
  readonly columns: readonly Float64Array[]
  readonly sparse: SparseRows
  readonly denseCount: number
  /** Of both kinds, the dense ones first. */
  readonly featureCount: number
  readonly offsets: Float64Array
  readonly scales: Float64Array
  readonly hasIntercept: boolean
  readonly classCount: number
  readonly codes: Int32Array
  readonly weights?: Float64Array
  readonly totalWeight: number
}

/** Variables of a class up to which a preconditioner is made. */
export const HESSIAN_SIZE_MAX = 512

/** How the columns of the design come from those of the Matrix: design = (value − means[j]) · factors[j]. */
export interface DesignOrigin {
  readonly features: Int32Array
  readonly means: Float64Array
  readonly factors: Float64Array
}

export interface DesignOptions {
  readonly hasIntercept: boolean
  /** The L2 penalty's weight per unit of total weight: 1 / (C · totalWeight), or 0. */
  readonly strength: number
  /** Whether other threads shall read the design: then all of it is put into shared memory. */
  readonly isShared: boolean
}

/** Means larger than this times the deviation drown it in rounding: such columns are copied, centred. */
const OFFSET_MAX = 1e4
/** Values beyond this could overflow in sums of products. */
const VALUE_MAX = 1e150
/** A column that reaches no further, or whose penalty is higher, has a coefficient that rounds to 0. */
const REACH_MIN = 1e-150
const PENALTY_MAX = 1e200
const SAMPLE_ROWS = 4096
/** A sparse column of a smaller mean square counts as one of zeros: its coefficient is 0. */
const SQUARE_MIN = 1e-200
/** The largest that the curvature p (1 − p) of a loss may be, as it is where nothing is known of a row. */
const CURVATURE_MAX = 0.25

/**
 * Throws DataError naming a column with missing values, or values too large to sum. O(rows × columns).
 *
 * A sparse column is scaled by the root of its curvature with that of the penalty: of columns with few values the penalty
 * has the larger part.
 */
export function describeColumns(
  x: SplitMatrix,
  labels: { codes: Int32Array; classCount: number; weights: Float64Array | undefined; totalWeight: number },
  { hasIntercept, strength, isShared }: DesignOptions,
): { design: LogisticDesign; origin: DesignOrigin } {
  const columns: Float64Array[] = []
  const features: number[] = []
  const means: number[] = []
  const factors: number[] = []
  const offsets: number[] = []
  const scales: number[] = []
  const { codes, classCount, totalWeight, weights } = labels
  x.dense.forEach((column, place) => {
    const feature = x.denseFeatures[place] as number
    const { mean, min, max, variance } = summarizeColumn(column, columnName(feature), weights)
    const offset = hasIntercept ? mean : 0
    const reach = Math.max(max - offset, offset - min)
    if ((hasIntercept && min === max) || reach < REACH_MIN) return
    const square = variance === undefined ? Number.NaN : variance + (mean - offset) ** 2
    // Squares of extreme values vanish or overflow.
    const isKnown = square > 1e-200 && square < 1e200
    const deviation = isKnown ? Math.max(Math.sqrt(square), 1e-9 * reach) : deviationOf(column, offset, reach, weights)
    const factor = 1 / deviation
    if ((factor * Math.sqrt(strength)) ** 2 > PENALTY_MAX) return
    const isExtreme = Math.abs(offset) > OFFSET_MAX * deviation || reach + Math.abs(offset) > VALUE_MAX
    features.push(feature)
    means.push(offset)
    factors.push(factor)
    offsets.push(isExtreme ? 0 : offset)
    scales.push(isExtreme ? 1 : factor)
    columns.push(isExtreme ? column.map((value) => (value - offset) * factor) : column)
  })
  const denseCount = columns.length
  const { sums, squares } = sparseSums(x.sparse, weights)
  for (let j = 0; j < x.sparse.columnCount; j++) {
    const offset = hasIntercept ? (sums[j] as number) / totalWeight : 0
    const square = Math.max(0, (squares[j] as number) / totalWeight - offset ** 2) + strength / CURVATURE_MAX
    const factor = square > SQUARE_MIN ? 1 / Math.sqrt(square) : 0
    features.push(x.sparseFeatures[j] as number)
    means.push(offset)
    factors.push(factor)
    offsets.push(offset)
    scales.push(factor)
  }
  while (columns.length % COLUMN_PAD !== 0) columns.push(columns[0] as Float64Array)
  const shared = (values: Float64Array): Float64Array => (isShared ? inSharedMemory(values) : values)
  const sharedIndices = (values: Int32Array): Int32Array => (isShared ? int32InSharedMemory(values) : values)
  const { sparse } = x
  return {
    design: {
      rowCount: x.rowCount,
      columns: columns.map(shared),
      sparse: {
        columnCount: sparse.columnCount,
        starts: sharedIndices(sparse.starts),
        columns: sharedIndices(sparse.columns),
        values: shared(sparse.values),
      },
      denseCount,
      featureCount: denseCount + sparse.columnCount,
      offsets: Float64Array.from(offsets),
      scales: Float64Array.from(scales),
      hasIntercept,
      classCount,
      codes,
      ...(weights === undefined ? {} : { weights }),
      totalWeight,
    },
    origin: {
      features: Int32Array.from(features),
      means: Float64Array.from(means),
      factors: Float64Array.from(factors),
    },
  }
}

/**
 * The root of the mean square about the offset, from some thousand rows where these are typical, else from all:
 * it only sets the scale in which the minimizer works. Above 0.
 */
function deviationOf(column: Float64Array, offset: number, reach: number, weights?: Float64Array): number {
  const step = Math.max(1, Math.floor(column.length / SAMPLE_ROWS))
  const sampled = meanSquare(column, offset, reach, weights, step)
  // Tails too long for a sample: rare values far out.
  const square = sampled < 1e-3 && step > 1 ? meanSquare(column, offset, reach, weights, 1) : sampled
  return reach * Math.max(Math.sqrt(square), 1e-9)
}

/** The mean of ((value − offset) / reach)² over every step-th row of positive weight; 0 when there is none. */
function meanSquare(
  column: Float64Array,
  offset: number,
  reach: number,
  weights: Float64Array | undefined,
  step: number,
): number {
  let sum = 0
  let count = 0
  for (let i = 0; i < column.length; i += step) {
    if (weights !== undefined && weights[i] === 0) continue
    const value = ((column[i] as number) - offset) / reach
    sum += value * value
    count++
  }
  return count === 0 ? 0 : sum / count
}
