// Rows through trees: the hot path of every prediction.
import type { RowBlock } from '../matrix.ts'
import { CATEGORIES, COLUMN_MASK, MISSING_LEFT, type WalkableForest, WIDE } from './walkable-forest.ts'

/** Rows that go through one tree before the next: what they touch of the tree stays in the nearest cache. */
const BLOCK = 256
/** Up to this many rows go one by one, each through four trees at a time. */
const FEW = 4

/**
 * Adds up the class probabilities of trees [firstTree, lastTree) for rows [start, end) of x, into `sums`, row-major
 * rows × classCount from the row `start`. Rows go tree by tree in blocks. O(rows × trees × depth), no allocation.
 */
export function addClassProbabilities(
  forest: WalkableForest,
  x: RowBlock,
  start: number,
  end: number,
  sums: Float64Array,
  firstTree = 0,
  lastTree = forest.roots.length,
): void {
  const { roots, classCount } = forest
  if (end - start <= FEW && forest.isPlain && !hasMissing(x, start, end)) {
    const leaves = new Int32Array(lastTree - firstTree)
    for (let row = start; row < end; row++) {
      walkTrees(forest, firstTree, lastTree, x, row, leaves)
      for (let i = 0; i < leaves.length; i++) addDistribution(forest, leaves[i]!, sums, (row - start) * classCount)
    }
    return
  }
  const leaves = new Int32Array(Math.min(BLOCK, end - start))
  for (let block = start; block < end; block += BLOCK) {
    const blockEnd = Math.min(end, block + BLOCK)
    const walk = forest.isPlain && !hasMissing(x, block, blockEnd) ? walkPlain : walkAny
    for (let tree = firstTree; tree < lastTree; tree++) {
      walk(forest, roots[tree]!, x, block, blockEnd, leaves)
      for (let row = block, at = (block - start) * classCount; row < blockEnd; row++, at += classCount) {
        addDistribution(forest, leaves[row - block]!, sums, at)
      }
    }
  }
}

/** Adds the class probabilities of leaf k to sums[at …]. */
function addDistribution(forest: WalkableForest, k: number, sums: Float64Array, at: number): void {
  const { classCount, mixedStarts, mixedClasses, mixedProbabilities } = forest
  if (k < classCount) {
    sums[at + k]! += 1
    return
  }
  const last = mixedStarts[k - classCount + 1]!
  for (let i = mixedStarts[k - classCount]!; i < last; i++) sums[at + mixedClasses[i]!]! += mixedProbabilities[i]!
}

/** The same for regression: adds up the values of the leaves, one per row from the row `start`. */
export function addLeafValues(
  forest: WalkableForest,
  x: RowBlock,
  start: number,
  end: number,
  sums: Float64Array,
  firstTree = 0,
  lastTree = forest.roots.length,
): void {
  const { roots, leafValues } = forest
  if (end - start <= FEW && forest.isPlain && !hasMissing(x, start, end)) {
    const leaves = new Int32Array(lastTree - firstTree)
    for (let row = start; row < end; row++) {
      walkTrees(forest, firstTree, lastTree, x, row, leaves)
      for (let i = 0; i < leaves.length; i++) sums[row - start]! += leafValues[leaves[i]!]!
    }
    return
  }
  const leaves = new Int32Array(Math.min(BLOCK, end - start))
  for (let block = start; block < end; block += BLOCK) {
    const blockEnd = Math.min(end, block + BLOCK)
    const walk = forest.isPlain && !hasMissing(x, block, blockEnd) ? walkPlain : walkAny
    for (let tree = firstTree; tree < lastTree; tree++) {
      walk(forest, roots[tree]!, x, block, blockEnd, leaves)
      for (let row = block; row < blockEnd; row++) sums[row - start]! += leafValues[leaves[row - block]!]!
    }
  }
}

function hasMissing({ values, columnCount }: RowBlock, start: number, end: number): boolean {
  for (let i = start * columnCount; i < end * columnCount; i++) if (Number.isNaN(values[i]!)) return true
  return false
}

/** The leaf of each row in one tree of float32 thresholds, where no value is missing. */
function walkPlain(
  { words, thresholds }: WalkableForest,
  root: number,
  { values, columnCount }: RowBlock,
  start: number,
  end: number,
  leaves: Int32Array,
): void {
  for (let row = start, base = start * columnCount; row < end; row++, base += columnCount) {
    let at = root
    let word = words[at]!
    while (word >= 0) {
      at = values[base + (word & COLUMN_MASK)]! <= thresholds[at + 2]! ? at + 3 : words[at + 1]!
      word = words[at]!
    }
    leaves[row - start] = ~word
  }
}

/**
 * The leaf of one row in each of the trees [firstTree, lastTree), where walkPlain could go. Four trees at a time, so
 * that the wait for one tree's node overlaps with the others'; sides are taken without a branch to guess.
 */
function walkTrees(
  { words, thresholds, roots }: WalkableForest,
  firstTree: number,
  lastTree: number,
  { values, columnCount }: RowBlock,
  row: number,
  leaves: Int32Array,
): void {
  const base = row * columnCount
  for (let tree = firstTree; tree < lastTree; tree += 4) {
    // Past the last tree the lanes walk it once more, and write where its leaf belongs.
    const t1 = Math.min(tree + 1, lastTree - 1)
    const t2 = Math.min(tree + 2, lastTree - 1)
    const t3 = Math.min(tree + 3, lastTree - 1)
    let at0 = roots[tree]!
    let at1 = roots[t1]!
    let at2 = roots[t2]!
    let at3 = roots[t3]!
    let word0 = words[at0]!
    let word1 = words[at1]!
    let word2 = words[at2]!
    let word3 = words[at3]!
    while ((word0 & word1 & word2 & word3) >= 0) {
      if (word0 >= 0) {
        const left = at0 + 3
        at0 = left + ((words[at0 + 1]! - left) & -Number(values[base + (word0 & COLUMN_MASK)]! > thresholds[at0 + 2]!))
        word0 = words[at0]!
      }
      if (word1 >= 0) {
        const left = at1 + 3
        at1 = left + ((words[at1 + 1]! - left) & -Number(values[base + (word1 & COLUMN_MASK)]! > thresholds[at1 + 2]!))
        word1 = words[at1]!
      }
      if (word2 >= 0) {
        const left = at2 + 3
        at2 = left + ((words[at2 + 1]! - left) & -Number(values[base + (word2 & COLUMN_MASK)]! > thresholds[at2 + 2]!))
        word2 = words[at2]!
      }
      if (word3 >= 0) {
        const left = at3 + 3
        at3 = left + ((words[at3 + 1]! - left) & -Number(values[base + (word3 & COLUMN_MASK)]! > thresholds[at3 + 2]!))
        word3 = words[at3]!
      }
    }
    leaves[tree - firstTree] = ~word0
    leaves[t1 - firstTree] = ~word1
    leaves[t2 - firstTree] = ~word2
    leaves[t3 - firstTree] = ~word3
  }
}

/** The same for any tree and any value. */
function walkAny(
  forest: WalkableForest,
  root: number,
  { values, columnCount }: RowBlock,
  start: number,
  end: number,
  leaves: Int32Array,
): void {
  const { words, thresholds } = forest
  for (let row = start, base = start * columnCount; row < end; row++, base += columnCount) {
    let at = root
    let word = words[at]!
    while (word >= 0) {
      const value = values[base + (word & COLUMN_MASK)]!
      const threshold = thresholds[at + 2]!
      if (value <= threshold) at += 3
      else if (value > threshold) at = words[at + 1]!
      else at = step(forest, at, word, value)
      word = words[at]!
    }
    leaves[row - start] = ~word
  }
}

/** One step where the comparison with a float32 does not decide: missing values, categories, wide thresholds. */
function step(forest: WalkableForest, at: number, word: number, value: number): number {
  const { words, categorySets, categoryCounts, wideThresholds } = forest
  const left = at + ((word & (WIDE | CATEGORIES)) === 0 ? 3 : 4)
  let isLeft = (word & MISSING_LEFT) !== 0
  if ((word & CATEGORIES) !== 0) {
    const count = categoryCounts[word & COLUMN_MASK]!
    // A code that is none, like a missing value, is the bit after the last.
    const bit = value >= 0 && value < count ? Math.trunc(value) : count
    isLeft = ((categorySets[words[at + 3]! + (bit >>> 5)]! >>> (bit & 31)) & 1) === 1
  } else if ((word & WIDE) !== 0 && !Number.isNaN(value)) {
    isLeft = value <= wideThresholds[words[at + 3]!]!
  }
  return isLeft ? left : words[at + 1]!
}
