// Which rows of a split matrix are of which level, and which dense columns are left beside the levels.
import type { SparseRows } from '../sparse.ts'
import type { SplitMatrix } from './split-sparse.ts'

/**
 * levelOf         of each row its level, from 0 on, or their number where it is of none
 * levelFeatures   of each level its index in the Matrix; a level may be without rows
 * dense           the other columns
 * denseFeatures   of each of them its index in the Matrix
 */
export interface Levels {
  readonly levelOf: Int32Array
  readonly levelFeatures: readonly number[]
  readonly dense: readonly Float64Array[]
  readonly denseFeatures: readonly number[]
}

export const NO_LEVEL = -1

/**
 * A level is a sparse column that is 1 in its rows, or a dense one of 0 and 1 alone, as that of a level of most rows is. None has a
 * row in common with another one: a dense column that has is left dense. Undefined where sparse columns are otherwise. Rows
 * of weight 0 may hold anything in dense columns. O(values). Memory: 4 bytes a row.
 *
 * weights  per row; absent for all 1
 */
export function findLevels(
  { dense, denseFeatures, sparse, sparseFeatures }: SplitMatrix,
  weights?: Float64Array,
): Levels | undefined {
  const levelOf = levelOfRows(sparse)
  if (levelOf === undefined) return undefined
  const levelFeatures = [...sparseFeatures]
  const left: { column: Float64Array; feature: number }[] = []
  dense.forEach((column, j) => {
    const feature = denseFeatures[j] as number
    if (!isLevel(column, levelOf, weights)) {
      left.push({ column, feature })
      return
    }
    for (let i = 0; i < column.length; i++) if (column[i] === 1) levelOf[i] = levelFeatures.length
    levelFeatures.push(feature)
  })
  for (let i = 0; i < levelOf.length; i++) if (levelOf[i] === NO_LEVEL) levelOf[i] = levelFeatures.length
  return {
    levelOf,
    levelFeatures,
    dense: left.map(({ column }) => column),
    denseFeatures: left.map(({ feature }) => feature),
  }
}

/** Of each row the column that it is 1 in, or NO_LEVEL where it is 0 in all; undefined where a row is otherwise. */
export function levelOfRows({ starts, columns, values }: SparseRows): Int32Array | undefined {
  const levelOf = new Int32Array(starts.length - 1)
  for (let i = 0; i < levelOf.length; i++) {
    const at = starts[i] as number
    const count = (starts[i + 1] as number) - at
    if (count > 1 || (count === 1 && values[at] !== 1)) return undefined
    levelOf[i] = count === 1 ? (columns[at] as number) : NO_LEVEL
  }
  return levelOf
}

/** Whether a column is 1 in rows without a level alone, and 0 in all others; a column of numbers is left at its first. */
function isLevel(column: Float64Array, levelOf: Int32Array, weights?: Float64Array): boolean {
  for (let i = 0; i < column.length; i++) {
    if (column[i] === 0 || weights?.[i] === 0) continue
    if (column[i] !== 1 || levelOf[i] !== NO_LEVEL) return false
  }
  return true
}
