// Rows through trees of any kind, one comparison at a time: for splits on categories and thresholds that are no float32.
import type { RowBlock } from '../matrix.ts'
import { CATEGORIES, COLUMN_MASK, MISSING_LEFT, type WalkableForest, WIDE } from './walkable-forest.ts'

/** Writes the k of each row's leaf in one tree. O(rows × depth). */
export function walkAny(
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
