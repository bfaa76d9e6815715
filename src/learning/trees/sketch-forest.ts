// The first tree of a forest, out of the layout for keeping.
import { sketchTree, type TreeSketch } from '../tree-sketch.ts'
import type { CompactForest } from './compact-forest.ts'
import { setWordCount } from './grown-tree.ts'
import type { PooledLevels } from './pooled-levels.ts'

/** In the codes that the fit was given. O(nodes of the first tree, and categories of its splits). */
export function sketchForest(forest: CompactForest, depthMax: number, pools: readonly PooledLevels[]): TreeSketch {
  const { columnCount, categoryCounts, features } = forest
  const places = placesOf(forest)
  const nodes = sketchTree(0, depthMax, (node) => {
    const column = features[node] as number
    if (column === columnCount) return undefined
    const split = places.splits[node] as number
    const missingLeft = (((forest.missingLeft[split >>> 3] as number) >>> (split & 7)) & 1) === 1
    const ways = { column, missingLeft, left: node + 1, right: places.rights[node] as number }
    const place = places.values[node] as number
    const categoryCount = categoryCounts[column] as number
    if (categoryCount === 0) return { ...ways, threshold: forest.thresholds[place] as number }
    const isSet = (bit: number): boolean =>
      (((forest.categorySets[place + (bit >>> 5)] as number) >>> (bit & 31)) & 1) === 1
    const pool = pools.find((candidate) => candidate.column === column)
    const newCodes = pool?.codes ?? Uint16Array.from({ length: categoryCount }, (_, code) => code)
    const codes = Array.from(newCodes.keys()).filter((code) => isSet(newCodes[code] as number))
    // The bit after the last category is that of missing values.
    return { ...ways, categories: new Set(codes), missingLeft: isSet(categoryCount) }
  })
  return { treeCount: forest.treeCount, nodes }
}

/** Per node of the first tree: its number among the splits, where its threshold or its bits stand, its right child. */
function placesOf({ features, columnCount, categoryCounts }: CompactForest) {
  const splits: number[] = []
  const values: number[] = []
  const rights: number[] = []
  /** Splits whose right child has not come yet. */
  const open: number[] = []
  let splitCount = 0
  let thresholdCount = 0
  let wordCount = 0
  for (let node = 0; ; node++) {
    const column = features[node] as number
    splits[node] = splitCount
    if (column === columnCount) {
      // What follows a leaf is the right child of the last split that waits for one; where none does, the tree ends.
      const parent = open.pop()
      if (parent === undefined) return { splits, values, rights }
      rights[parent] = node + 1
      continue
    }
    open.push(node)
    splitCount++
    const categoryCount = categoryCounts[column] as number
    if (categoryCount === 0) values[node] = thresholdCount++
    else {
      values[node] = wordCount
      wordCount += setWordCount(categoryCount)
    }
  }
}
