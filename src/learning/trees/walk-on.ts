// A row's way on from a split that WebAssembly does not know: on categories, or at a threshold that is no float32.
import { CATEGORIES, COLUMN_MASK, MISSING_LEFT, type WalkableForest } from './walkable-forest.ts'

/** The k of the leaf that a row reaches from the special split k. The row's values begin at values[base]. O(depth). */
export function walkOn(forest: WalkableForest, k: number, values: Float64Array, base: number): number {
  const { words, thresholds, specials, firstSpecial } = forest
  let at = specials[k - firstSpecial]!
  for (;;) {
    const word = words[at]!
    if (word >= 0) {
      const value = values[base + (word & COLUMN_MASK)]!
      const isLeft = value <= thresholds[at + 2]! || (Number.isNaN(value) && (word & MISSING_LEFT) !== 0)
      at = isLeft ? at + 3 : words[at + 1]!
    } else if (~word < firstSpecial) return ~word
    else at = goesLeft(forest, at, values, base) ? at + 4 : words[at + 1]!
  }
}

function goesLeft(forest: WalkableForest, at: number, values: Float64Array, base: number): boolean {
  const { words, categorySets, categoryCounts, wideThresholds } = forest
  const word = words[at + 2]!
  const rest = words[at + 3]!
  const value = values[base + (word & COLUMN_MASK)]!
  if ((word & CATEGORIES) === 0) {
    return Number.isNaN(value) ? (word & MISSING_LEFT) !== 0 : value <= wideThresholds[rest]!
  }
  const count = categoryCounts[word & COLUMN_MASK]!
  // A code that is none, like a missing value, is the bit after the last.
  const bit = value >= 0 && value < count ? Math.trunc(value) : count
  return ((categorySets[rest + (bit >>> 5)]! >>> (bit & 31)) & 1) === 1
}
