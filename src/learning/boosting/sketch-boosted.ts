// The first boosted tree, with thresholds in place of bins.
import { type SketchSplit, sketchTree, type TreeSketch } from '../tree-sketch.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { isCategorical } from './column-bins.ts'
import { BITSET_WORDS, CATEGORICAL, MISSING_LEFT } from './tree-batch.ts'

/** Nodes that are leaves have numbers below 0, as in TreeBatch. O(splits of the first tree + categories). */
export function sketchBoosted({ bins, sources, trees }: BoostedTrees, depthMax: number): TreeSketch {
  const treeCount = trees.splitCounts.length
  if (treeCount === 0) return { treeCount, nodes: [] }
  const bitsetAt: number[] = []
  let bitset = 0
  for (let s = 0; s < (trees.splitCounts[0] as number); s++) {
    bitsetAt[s] = bitset
    if (((trees.flags[s] as number) & CATEGORICAL) !== 0) bitset += BITSET_WORDS
  }
  const read = (node: number): SketchSplit | undefined => {
    if (node < 0) return undefined
    const column = trees.columns[node] as number
    const missingLeft = ((trees.flags[node] as number) & MISSING_LEFT) !== 0
    const [left, right] = [trees.children[2 * node] as number, trees.children[2 * node + 1] as number]
    const columnBins = bins[column] as BoostedTrees['bins'][number]
    const ways = { column: sources[column] as number, missingLeft, left, right }
    if (!isCategorical(columnBins)) {
      return { ...ways, threshold: columnBins.thresholds[trees.bins[node] as number] ?? Number.POSITIVE_INFINITY }
    }
    const isBitSet = (bin: number): boolean => {
      const word = trees.bitsets[(bitsetAt[node] as number) + (bin >>> 5)] as number
      return ((word >>> (bin & 31)) & 1) === 1
    }
    const categories = new Set<number>()
    columnBins.binOfCategory.forEach((bin, code) => {
      if (bin < columnBins.binCount ? isBitSet(bin) : missingLeft) categories.add(code)
    })
    return { ...ways, categories }
  }
  return { treeCount, nodes: sketchTree(trees.splitCounts[0] === 0 ? -1 : 0, depthMax, read) }
}
