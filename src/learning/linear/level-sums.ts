// Rows by the level that they are of: their weights, the means of columns, and products about these means.
import type { Breather } from '../breather.ts'
import { turn } from '../fit-context.ts'

/** Rows × columns between two looks at the breather, and of their products. */
const VALUES_A_LOOK = 2 ** 18
const PRODUCTS_A_LOOK = 2 ** 22

/** Groups are the levels, and behind them the rows without one. `within` is of the weighted products; all are 0 where no row is. */
export interface LevelSums {
  readonly columnCount: number
  /** Per group. */
  readonly weights: Float64Array
  /** Row-major, groups × columns: of the columns less their `mean`. */
  readonly means: Float64Array
  /** Columns × columns, the lower triangle: Σ weight · (value − its group's mean) · (other value − its group's mean). */
  readonly within: Float64Array
}

/** A column, and the mean of all its rows, or 0. */
export interface CentredColumn {
  readonly column: Float64Array
  readonly mean: number
}

/**
 * Rows of weight 0 may hold anything. O(rows · columns²), of one column alone O(rows), where `within` is left at 0.
 * Rows go in pieces, with a turn of the event loop where one is due. Throws FitStopped.
 *
 * weights  per row; absent for all 1
 */
export async function sumByLevel(
  columns: readonly CentredColumn[],
  levelOf: Int32Array,
  levelCount: number,
  breather: Breather,
  weights?: Float64Array,
): Promise<LevelSums> {
  const columnCount = columns.length
  const groupWeights = new Float64Array(levelCount + 1)
  const means = new Float64Array((levelCount + 1) * columnCount)
  for (let i = 0; i < levelOf.length; i++) {
    const g = levelOf[i] as number
    groupWeights[g] = (groupWeights[g] as number) + (weights === undefined ? 1 : (weights[i] as number))
  }
  await inPieces(levelOf.length, VALUES_A_LOOK / columnCount, breather, (start, end) => {
    for (let j = 0; j < columnCount; j++) addColumn(columns, j, weights, levelOf, means, start, end)
  })
  for (let g = 0, at = 0; g <= levelCount; g++) {
    for (let j = 0; j < columnCount; j++, at++) {
      means[at] = groupWeights[g] === 0 ? 0 : (means[at] as number) / (groupWeights[g] as number)
    }
  }
  const within = new Float64Array(columnCount * columnCount)
  if (columnCount > 1) {
    await inPieces(levelOf.length, PRODUCTS_A_LOOK / columnCount ** 2, breather, (start, end) => {
      addWithin(columns, weights, levelOf, means, within, start, end)
    })
  }
  return { columnCount, weights: groupWeights, means, within }
}

async function inPieces(
  rowCount: number,
  rowsAPiece: number,
  breather: Breather,
  add: (start: number, end: number) => void,
): Promise<void> {
  const size = Math.ceil(rowsAPiece)
  for (let start = 0; start < rowCount; start += size) {
    add(start, Math.min(start + size, rowCount))
    if (breather.isTurnDue()) await turn()
  }
}

/** Adds weight · (value − mean) of rows [start, end) to the sums of their groups, column j. */
function addColumn(
  columns: readonly CentredColumn[],
  j: number,
  weights: Float64Array | undefined,
  levelOf: Int32Array,
  sums: Float64Array,
  start: number,
  end: number,
): void {
  const width = columns.length
  const { column, mean } = columns[j] as CentredColumn
  for (let i = start; i < end; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number)
    if (weight === 0) continue
    const at = (levelOf[i] as number) * width + j
    sums[at] = (sums[at] as number) + weight * ((column[i] as number) - mean)
  }
}

function addWithin(
  columns: readonly CentredColumn[],
  weights: Float64Array | undefined,
  levelOf: Int32Array,
  means: Float64Array,
  within: Float64Array,
  start: number,
  end: number,
): void {
  const width = columns.length
  const offs = new Float64Array(width)
  for (let i = start; i < end; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number)
    if (weight === 0) continue
    const from = (levelOf[i] as number) * width
    for (let j = 0; j < width; j++) {
      const { column, mean } = columns[j] as CentredColumn
      offs[j] = (column[i] as number) - mean - (means[from + j] as number)
    }
    for (let a = 0; a < width; a++) {
      const off = weight * (offs[a] as number)
      for (let b = 0, at = a * width; b <= a; b++, at++) {
        within[at] = (within[at] as number) + off * (offs[b] as number)
      }
    }
  }
}
