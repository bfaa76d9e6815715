// The centred, scaled, weighted view of the data that every least-squares method here works on.
import type { Matrix } from '../matrix.ts'
import { inSharedMemory } from '../parallel/shared-arrays.ts'
import { powerOfTwoScale } from '../power-of-two-scale.ts'
import { columnName, requireWeight, summarizeColumn } from './column-summary.ts'
import type { GramBlock } from './gram.ts'

/**
 * Entry (i, j) of the design is rootWeights[i] · (columns[j][i] − offsets[j]) · scales[j].
 *
 * columns      the columns that vary, in their order, and the target as the last one; not copied
 * offsets      weighted means, or zeros without an intercept
 * scales       powers of two that bring every entry to at most 1 (before weighting): exact, and no square overflows
 * rootWeights  √weight per row, scaled so that the largest is 1; absent when all weights are equal
 */
export interface RegressionDesign {
  readonly rowCount: number
  readonly columns: readonly Float64Array[]
  readonly offsets: Float64Array
  readonly scales: Float64Array
  readonly rootWeights?: Float64Array
}

/** The design, and what it takes to speak about the data again. */
export interface PreparedRegression {
  readonly design: RegressionDesign
  /** For each column of the design but the last, its index in the Matrix. */
  readonly features: Int32Array
  readonly fitIntercept: boolean
  /** The sum of the weights of the design: of rootWeights squared, or the number of rows. */
  readonly totalWeight: number
  /** What the given weights were divided by: the design's penalties are the caller's divided by it. */
  readonly weightUnit: number
}

/**
 * Looks at every column once. Columns that do not vary (or are all zero, without an intercept) are left out: their
 * coefficient is 0. Throws DataError naming a column that is missing values or overflows. O(rows × columns).
 */
export function prepareRegression(
  x: Matrix,
  y: Float64Array,
  fitIntercept: boolean,
  sampleWeight?: Float64Array,
): PreparedRegression {
  const { weights, weightUnit, totalWeight } = scaledWeights(x.rowCount, sampleWeight)
  const columns: Float64Array[] = []
  const offsets: number[] = []
  const scales: number[] = []
  const features: number[] = []
  const add = (column: Float64Array, name: string, isKept: boolean, feature: number): void => {
    const { mean, min, max } = summarizeColumn(column, name, weights)
    const offset = fitIntercept ? mean : 0
    const reach = Math.max(max - offset, offset - min)
    const isConstant = fitIntercept ? min === max : reach === 0
    if (isConstant && !isKept) return
    columns.push(column)
    offsets.push(offset)
    scales.push(powerOfTwoScale(reach))
    features.push(feature)
  }
  x.columns.forEach((column, j) => {
    add(column, columnName(j), false, j)
  })
  // Threads can only help with what lies in shared memory; a target is small beside its columns.
  add(columns[0]?.buffer instanceof SharedArrayBuffer ? inSharedMemory(y) : y, 'the target', true, -1)
  return {
    design: {
      rowCount: x.rowCount,
      columns,
      offsets: Float64Array.from(offsets),
      scales: Float64Array.from(scales),
      ...(weights === undefined ? {} : { rootWeights: inSharedMemory(weights.map(Math.sqrt)) }),
    },
    features: Int32Array.from(features.slice(0, -1)),
    fitIntercept,
    totalWeight,
    weightUnit,
  }
}

/** Weights divided by the largest; undefined when all rows weigh the same. */
export function scaledWeights(
  rowCount: number,
  sampleWeight?: Float64Array,
): { weights: Float64Array | undefined; weightUnit: number; totalWeight: number } {
  if (sampleWeight === undefined) return { weights: undefined, weightUnit: 1, totalWeight: rowCount }
  requireWeight(sampleWeight.reduce((a, b) => a + b, 0))
  const largest = sampleWeight.reduce((a, b) => Math.max(a, b), 0)
  if (sampleWeight.every((weight) => weight === largest)) {
    return { weights: undefined, weightUnit: largest, totalWeight: rowCount }
  }
  const weights = sampleWeight.map((weight) => weight / largest)
  return { weights, weightUnit: largest, totalWeight: weights.reduce((a, b) => a + b, 0) }
}

/** Writes rows [start, end) of the design into a block. Rows of weight 0 come out as zeros, whatever they hold. */
export function fillBlock(design: RegressionDesign, start: number, end: number, gramBlock: GramBlock): void {
  const { columns, offsets, scales, rootWeights } = design
  const { block, stride } = gramBlock
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j] as Float64Array
    const offset = offsets[j] as number
    const scale = scales[j] as number
    if (rootWeights === undefined) {
      gramBlock.fillColumn(j, column, start, end - start, offset, scale)
      continue
    }
    for (let i = start, at = j * stride; i < end; i++, at++) {
      const root = rootWeights[i] as number
      block[at] = root === 0 ? 0 : ((column[i] as number) - offset) * scale * root
    }
  }
}

/** Column j of the design without its scale. O(rows). */
export function weighedColumn({ columns, offsets, rootWeights }: RegressionDesign, j: number): Float64Array {
  const offset = offsets[j] as number
  if (rootWeights === undefined) return (columns[j] as Float64Array).map((value) => value - offset)
  return (columns[j] as Float64Array).map((value, i) => {
    const root = rootWeights[i] as number
    return root === 0 ? 0 : (value - offset) * root
  })
}
