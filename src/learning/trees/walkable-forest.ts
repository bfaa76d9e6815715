// The layout for predicting: one array of words in the order in which rows walk them. Built from, and only from, a
// CompactForest, whose every index is checked on the way: a walk of what stands here stays inside and ends.
import { StateError } from '../errors.ts'
import { f64, i32, layout, u32 } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import type { WasmMemory } from '../wasm/web-assembly.ts'
import type { CompactForest } from './compact-forest.ts'
import { setWordCount } from './grown-tree.ts'

/** Bits of a split's first word, above the 16 of its column. */
export const COLUMN_MASK = 0xffff
export const MISSING_LEFT = 1 << 16
/** The special split is on categories: its bits stand in categorySets. Else its threshold is no float32. */
export const CATEGORIES = 1 << 17

/**
 * memory       All arrays are views of it, for WebAssembly and other threads. The words are followed by two more.
 * words        Int32, and as Float32 in `thresholds`. A leaf is one word, ~k with k ≥ 0.
 *              A split is three: column and flags; the index of the right child; the threshold as float32.
 *              The left child follows. A special split, on categories or at a threshold that is no float32, is four:
 *              ~k as of a leaf, at which WebAssembly ends, where k − firstSpecial is its place in `specials`; the index
 *              of the right child; column and flags; where it goes on in categorySets or wideThresholds.
 * roots        the index of each tree's root
 * specials     the index of each special split
 * Children have higher indices than their parents.
 *
 * Of a leaf's k: in classification a class below classCount; from there on, k − classCount is the place in mixedStarts
 * of several classes, whose probabilities follow. In regression k is the place in leafValues. All are below firstSpecial.
 */
export interface WalkableForest {
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly columnCount: number
  readonly classCount: number
  readonly words: Int32Array
  readonly thresholds: Float32Array
  readonly roots: Int32Array
  readonly specials: Int32Array
  readonly firstSpecial: number
  readonly wideThresholds: Float64Array
  readonly categorySets: Uint32Array
  readonly categoryCounts: Int32Array
  readonly mixedStarts: Int32Array
  readonly mixedClasses: Int32Array
  readonly mixedProbabilities: Float64Array
  readonly leafValues: Float64Array
  /** A power of two by which leafValues are divided, so that their sum over the trees is finite; mostly 1. */
  readonly leafScale: number
}

/** Throws StateError where the arrays do not fit together. O(nodes). */
export function makeWalkable(forest: CompactForest): WalkableForest {
  const { columnCount, classCount, categoryCounts } = forest
  requireState(categoryCounts.length === columnCount, 'category counts do not fit the columns')
  requireState(
    categoryCounts.every((count) => count >= 0 && count <= 65_535),
    'category counts are out of range',
  )
  requireState(forest.treeCount >= 1 && forest.treeCount <= forest.features.length, 'there are fewer nodes than trees')
  const size = measure(forest)
  const arrays = newForestArrays(forest, size)
  linkNodes(forest, size, arrays)
  const leafScale = leafScaleOf(forest)
  expandLeaves(forest, arrays, leafScale)
  const { firstSpecial } = size
  return { columnCount, classCount, categoryCounts, firstSpecial, leafScale, ...arrays }
}

function linkNodes(forest: CompactForest, size: ForestSize, arrays: ForestArrays): void {
  const { features, columnCount, categoryCounts, missingLeft } = forest
  const { splitCount, leafCount, numericCount, setLength, firstSpecial } = size
  requireState(forest.thresholds.length === numericCount, 'thresholds do not fit the splits')
  requireState(missingLeft.length === (splitCount + 7) >>> 3, 'directions of missing values do not fit the splits')
  requireState(forest.categorySets.length === setLength, 'category sets do not fit the splits')
  const isRegression = forest.classCount === 0
  requireState(forest.leafClasses.length === (isRegression ? 0 : leafCount), 'classes do not fit the leaves')
  requireState(forest.leafValues.length === (isRegression ? leafCount : 0), 'values do not fit the leaves')

  const { words, thresholds, roots, specials, wideThresholds, categorySets } = arrays
  for (let i = 0; i < setLength; i++) categorySets[i] = forest.categorySets[i]!
  /** Splits whose left subtree is being read; every leaf ends one of them, but the last of a tree. */
  const open: number[] = []
  let [at, node, tree, split, leaf, numeric, wide, set, mixed, special] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (; tree < forest.treeCount; tree++) {
    roots[tree] = at
    for (;;) {
      requireState(node < features.length, 'a tree ends in the middle')
      const feature = features[node++]!
      if (feature === columnCount) {
        const k = isRegression ? leaf : forest.leafClasses[leaf]!
        leaf++
        words[at++] = ~(k === forest.classCount && !isRegression ? k + mixed++ : k)
        const parent = open.pop()
        if (parent === undefined) break
        words[parent + 1] = at
        continue
      }
      open.push(at)
      const isMissingLeft = (missingLeft[split >>> 3]! >>> (split & 7)) & 1
      const word = isMissingLeft === 1 ? feature | MISSING_LEFT : feature
      split++
      const isSet = categoryCounts[feature]! > 0
      const threshold = isSet ? Number.NaN : forest.thresholds[numeric++]!
      if (Math.fround(threshold) === threshold) {
        words[at] = word
        thresholds[at + 2] = threshold
        at += 3
        continue
      }
      words[at] = ~(firstSpecial + special)
      specials[special++] = at
      if (isSet) {
        words[at + 2] = word | CATEGORIES
        words[at + 3] = set
        set += setWordCount(categoryCounts[feature]!)
      } else {
        words[at + 2] = word
        words[at + 3] = wide
        wideThresholds[wide++] = threshold
      }
      at += 4
    }
  }
  requireState(node === features.length, 'there are nodes after the last tree')
}

/** Counts what the arrays must hold, and checks every column on the way. */
function measure({ features, columnCount, categoryCounts, thresholds, classCount, mixedSizes }: CompactForest) {
  let [splitCount, leafCount, numericCount, wideCount, setLength] = [0, 0, 0, 0, 0]
  for (let i = 0; i < features.length; i++) {
    const feature = features[i]!
    requireState(feature <= columnCount, 'a split is on a column that is not there')
    if (feature === columnCount) leafCount++
    else {
      splitCount++
      if (categoryCounts[feature]! > 0) setLength += setWordCount(categoryCounts[feature]!)
      else numericCount++
    }
  }
  for (let i = 0; i < thresholds.length; i++) {
    const threshold = thresholds[i]!
    requireState(!Number.isNaN(threshold), 'a threshold is not a number')
    if (Math.fround(threshold) !== threshold) wideCount++
  }
  const specialCount = splitCount - numericCount + wideCount
  const firstSpecial = classCount === 0 ? leafCount : classCount + mixedSizes.length
  const wordCount = 3 * splitCount + specialCount + leafCount
  requireState(wordCount < 2 ** 30, 'there are too many nodes')
  return { wordCount, wideCount, specialCount, firstSpecial, splitCount, leafCount, numericCount, setLength }
}

/** Twice the power of two at or above the number of trees, where the sum of so many of the largest leaf overflows. */
function leafScaleOf({ leafValues, treeCount }: CompactForest): number {
  let largest = 0
  for (let i = 0; i < leafValues.length; i++) largest = Math.max(largest, Math.abs(leafValues[i]!))
  return largest * treeCount < Number.MAX_VALUE / 2 ? 1 : 2 ** (Math.ceil(Math.log2(treeCount)) + 1)
}

function expandLeaves(forest: CompactForest, arrays: ForestArrays, leafScale: number): void {
  const { classCount, mixedSizes, mixedClasses, mixedWeights } = forest
  const mixedCount = mixedSizes.length
  let mixedLeaves = 0
  for (let i = 0; i < forest.leafClasses.length; i++) {
    const k = forest.leafClasses[i]!
    requireState(k <= classCount, 'a leaf has a class that is not there')
    if (k === classCount) mixedLeaves++
  }
  requireState(mixedLeaves === mixedCount, 'sizes do not fit the leaves of several classes')
  requireState(mixedClasses.length === mixedWeights.length, 'classes and weights of leaves differ in number')
  const { mixedStarts, mixedClasses: classes, mixedProbabilities: probabilities, leafValues } = arrays
  for (let m = 0; m < mixedCount; m++) {
    const start = mixedStarts[m]!
    const end = start + mixedSizes[m]!
    requireState(end > start && end <= mixedClasses.length, 'a leaf has more classes than are there')
    mixedStarts[m + 1] = end
    let sum = 0
    for (let i = start; i < end; i++) sum += mixedWeights[i]!
    requireState(sum > 0 && sum < Infinity, 'the classes of a leaf have no weight')
    for (let i = start; i < end; i++) {
      requireState(mixedClasses[i]! < classCount && mixedWeights[i]! >= 0, 'a leaf has a class that is not there')
      classes[i] = mixedClasses[i]!
      probabilities[i] = mixedWeights[i]! / sum
    }
  }
  requireState(mixedStarts[mixedCount] === mixedClasses.length, 'there are classes after the last leaf')
  for (let i = 0; i < leafValues.length; i++) leafValues[i] = forest.leafValues[i]! / leafScale
}

type ForestSize = ReturnType<typeof measure>
type ForestArrays = ReturnType<typeof newForestArrays>

/** Arrays that are read together with a row's walk come first: their addresses stay below 2^31. */
function newForestArrays(forest: CompactForest, { wordCount, wideCount, specialCount, setLength }: ForestSize) {
  const { treeCount, mixedSizes, mixedClasses, leafValues } = forest
  const plan = new MemoryPlan()
  const arrays = layout(
    {
      roots: i32(treeCount),
      mixedStarts: i32(mixedSizes.length + 1),
      mixedClasses: i32(mixedClasses.length),
      mixedProbabilities: f64(mixedClasses.length),
      leafValues: f64(leafValues.length),
      specials: i32(specialCount),
      wideThresholds: f64(wideCount),
      categorySets: u32(setLength),
      words: i32(wordCount),
      // Lanes that are at their leaf read on.
      behindWords: i32(2),
    },
    plan,
  )
  const memory = plan.allocate('trees are walked')
  const { behindWords: _, ...views } = arrays.views(memory.buffer)
  return { memory, ...views, thresholds: new Float32Array(memory.buffer, views.words.byteOffset, wordCount) }
}

function requireState(holds: boolean, message: string): void {
  if (!holds) throw new StateError(`the state of a forest is broken: ${message}`)
}
