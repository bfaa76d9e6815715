// Rows by the level that they are of: their weights, the means of columns, and products about these means.
import type { SparseRows } from '../sparse.ts'

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

/** Of each row the column that it is 1 in, or their number where it is 0 in all; undefined where a row is otherwise. O(rows). */
export function levelOfRows({ columnCount, starts, columns, values }: SparseRows): Int32Array | undefined {
  const levelOf = new Int32Array(starts.length - 1)
  for (let i = 0; i < levelOf.length; i++) {
    const at = starts[i] as number
    const count = (starts[i + 1] as number) - at
    if (count > 1 || (count === 1 && values[at] !== 1)) return undefined
    levelOf[i] = count === 1 ? (columns[at] as number) : columnCount
  }
  return levelOf
}

/**
 * Rows of weight 0 may hold anything. O(rows · columns²), of one column alone O(rows), where `within` is left at 0.
 *
 * weights  per row; absent for all 1
 */
export function sumByLevel(
  columns: readonly CentredColumn[],
  levelOf: Int32Array,
  levelCount: number,
  weights?: Float64Array,
): LevelSums {
  const columnCount = columns.length
  const groupWeights = new Float64Array(levelCount + 1)
  const means = new Float64Array((levelCount + 1) * columnCount)
  for (let i = 0; i < levelOf.length; i++) {
    const g = levelOf[i] as number
    groupWeights[g] = (groupWeights[g] as number) + (weights === undefined ? 1 : (weights[i] as number))
  }
  columns.forEach(({ column, mean }, j) => {
    addColumn(column, mean, weights, levelOf, means, columnCount, j)
  })
  for (let g = 0, at = 0; g <= levelCount; g++) {
    for (let j = 0; j < columnCount; j++, at++) {
      means[at] = groupWeights[g] === 0 ? 0 : (means[at] as number) / (groupWeights[g] as number)
    }
  }
  const within = new Float64Array(columnCount * columnCount)
  if (columnCount > 1) addWithin(columns, weights, levelOf, means, within)
  return { columnCount, weights: groupWeights, means, within }
}

/** Adds weight · (value − mean) of each row to the sum of its group, the j-th of each `width`. */
function addColumn(
  column: Float64Array,
  mean: number,
  weights: Float64Array | undefined,
  levelOf: Int32Array,
  sums: Float64Array,
  width: number,
  j: number,
): void {
  for (let i = 0; i < column.length; i++) {
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
): void {
  const width = columns.length
  const offs = new Float64Array(width)
  for (let i = 0; i < levelOf.length; i++) {
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
