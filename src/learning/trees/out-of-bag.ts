// How well a forest predicts the rows that its trees have not seen.
import { DataError } from '../errors.ts'
import type { FitContext } from '../estimator.ts'
import { firstMaxima } from '../first-maxima.ts'
import { turn } from '../fit-context.ts'
import { type Matrix, type RowBlock, toRowBlock } from '../matrix.ts'
import { powerOfTwoScale } from '../power-of-two-scale.ts'
import { bytesPerTree } from './grow-trees.ts'
import { sumLeaves } from './walk.ts'
import type { WalkableForest } from './walkable-forest.ts'
import { Walker } from './walker.ts'

const ROWS_AT_ONCE = 512

/**
 * Accuracy (classification) or R² (regression) of each row's prediction by the trees in whose samples it is not
 * (Breiman 2001, section 3.1). Rows that are in every sample do not count; scikit-learn counts them as class 0.
 * O(rows × trees × depth). Throws DataError when no row was ever left out.
 */
export async function scoreOutOfBag(
  forest: WalkableForest,
  inBag: Uint8Array,
  x: Matrix,
  target: Int32Array | Float64Array,
  context: FitContext,
): Promise<number> {
  const walker = new Walker(forest)
  const width = Math.max(1, forest.classCount)
  const truths: number[] = []
  const guesses: number[] = []
  // R² is the same in any unit: in this one neither the sums over trees nor the squares overflow.
  const unit = forest.classCount > 0 ? 1 : unitOf(target)
  for (let start = 0; start < x.rowCount; start += ROWS_AT_ONCE) {
    await turn()
    context.stop.throwIfSet()
    const end = Math.min(x.rowCount, start + ROWS_AT_ONCE)
    const sums = new Float64Array((end - start) * width)
    const treeCounts = new Int32Array(end - start)
    addUnseen(walker, inBag, x, start, end, unit, sums, treeCounts)
    const classes = firstMaxima(sums, width, new Int32Array(end - start))
    for (let i = 0; i < end - start; i++) {
      if (treeCounts[i] === 0) continue
      truths.push(target[start + i]! * unit)
      guesses.push(forest.classCount > 0 ? classes[i]! : sums[i]! / treeCounts[i]!)
    }
  }
  if (truths.length === 0) throw new DataError('oob_score: every row is in the sample of every tree')
  return forest.classCount > 0 ? accuracy(truths, guesses) : rSquared(truths, guesses)
}

/** 1 unless the targets are so large or small that their squares are no numbers. */
function unitOf(target: Int32Array | Float64Array): number {
  let largest = 0
  for (const value of target) largest = Math.max(largest, Math.abs(value))
  return largest > 1e-100 && largest < 1e100 ? 1 : powerOfTwoScale(largest)
}

/** Tree by tree, the rows of [start, end) that are not in its sample. */
function addUnseen(
  walker: Walker,
  inBag: Uint8Array,
  x: Matrix,
  start: number,
  end: number,
  unit: number,
  sums: Float64Array,
  treeCounts: Int32Array,
): void {
  const { columnCount, classCount, roots } = walker.forest
  const width = Math.max(1, classCount)
  const all = toRowBlock(x, start, end).values
  const values = new Float64Array(all.length)
  const unseen = new Int32Array(end - start)
  const partial = new Float64Array(sums.length)
  const stride = bytesPerTree(x.rowCount)
  for (let tree = 0; tree < roots.length; tree++) {
    let count = 0
    for (let i = 0; i < end - start; i++) {
      const row = start + i
      if (((inBag[tree * stride + (row >>> 3)]! >>> (row & 7)) & 1) === 1) continue
      values.set(all.subarray(i * columnCount, (i + 1) * columnCount), count * columnCount)
      unseen[count++] = i
    }
    const block: RowBlock = { rowCount: count, columnCount, values }
    sumLeaves(walker, block, 0, count, partial, 1, tree, tree + 1)
    for (let u = 0; u < count; u++) {
      const i = unseen[u]!
      treeCounts[i]!++
      for (let k = 0; k < width; k++) sums[i * width + k]! += partial[u * width + k]! * unit
    }
  }
}

function accuracy(truths: readonly number[], guesses: readonly number[]): number {
  let right = 0
  truths.forEach((truth, i) => {
    if (truth === guesses[i]) right++
  })
  return right / truths.length
}

function rSquared(truths: readonly number[], guesses: readonly number[]): number {
  const mean = truths.reduce((sum, truth) => sum + truth / truths.length, 0)
  let residual = 0
  let total = 0
  truths.forEach((truth, i) => {
    residual += (truth - guesses[i]!) ** 2
    total += (truth - mean) ** 2
  })
  if (total > 0) return 1 - residual / total
  return residual === 0 ? 1 : 0
}
