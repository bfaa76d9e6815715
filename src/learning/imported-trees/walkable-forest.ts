// Imported trees in the layout of boosting/walk-module.ts.

import type { WalkableTrees } from '../boosting/tree-walker.ts'
import { assembleWalk, NODE_BYTES, TREE_BYTES } from '../boosting/walk-module.ts'
import { walkSteps } from '../boosting/walk-steps.ts'
import { DataError } from '../errors.ts'
import { sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import { compile, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { CATEGORICAL, type ImportedForest } from './imported-scores.ts'

export interface WalkableForest {
  readonly walkable: WalkableTrees
  /** Per node its leaf, counted over all trees; 0 for splits. */
  readonly leafOfNode: Int32Array
}

/** Throws DataError where the trees are too large for one memory. O(splits); 28 bytes a node. */
export function walkableForest(forest: ImportedForest, baseline: Float64Array, isFloat32: boolean): WalkableForest {
  const { splitCounts, columns, thresholds, flags, children, setStarts, setWords, treeOutputs } = forest
  const nodeCount = 2 * columns.length + splitCounts.length
  if (32 * nodeCount + setWords.byteLength > PAGE_BYTES * (PAGES_MAX / 2)) {
    throw new DataError(`${splitCounts.length} trees with ${nodeCount} nodes are more than 2 GiB in memory`)
  }
  const nodes = sharedFloat64((NODE_BYTES / 8) * nodeCount)
  const words = new Int32Array(nodes.buffer)
  const values = sharedFloat64(nodeCount)
  const leafOfNode = new Int32Array(nodeCount)
  const records = sharedInt32((TREE_BYTES / 4) * splitCounts.length)
  let [split, leaf, free] = [0, 0, 0]
  for (let t = 0; t < splitCounts.length; t++) {
    const count = splitCounts[t] as number
    const root = free++
    let depthMax = 0
    let depthSum = 0
    /** Splits in ascending order, which come after their parents. */
    const places = new Int32Array(count)
    const depths = new Int32Array(count)
    const putLeaf = (at: number, k: number): void => {
      nodes[2 * at] = Number.NaN
      words[4 * at + 2] = NODE_BYTES * at
      values[at] = forest.values[leaf + k] as number
      leafOfNode[at] = leaf + k
    }
    if (count === 0) putLeaf(root, 0)
    else places[0] = root
    for (let s = 0; s < count; s++) {
      const at = places[s] as number
      const threshold = thresholds[split + s] as number
      const flag = flags[split + s] as number
      if ((flag & CATEGORICAL) === 0) nodes[2 * at] = threshold
      else {
        words[4 * at] = 4 * (setStarts[threshold] as number)
        words[4 * at + 1] = 32 * ((setStarts[threshold + 1] as number) - (setStarts[threshold] as number))
      }
      words[4 * at + 2] = NODE_BYTES * free
      words[4 * at + 3] = 8 * (columns[split + s] as number) + flag
      const depth = (depths[s] as number) + 1
      depthMax = Math.max(depthMax, depth)
      // Right, then left.
      for (const side of [1, 0]) {
        const child = children[2 * (split + s) + side] as number
        if (child < 0) {
          putLeaf(free, ~child)
          depthSum += depth
        } else {
          places[child] = free
          depths[child] = depth
        }
        free++
      }
    }
    const steps = walkSteps(depthSum, depthMax, count + 1)
    records.set([NODE_BYTES * root, ...steps, 8 * (treeOutputs[t] as number)], 4 * t)
    split += count
    leaf += count + 1
  }
  const sets = sharedInt32(setWords.length)
  sets.set(setWords)
  const columnCount = forest.views.length
  const hasCategories = setStarts.length > 1
  const module = compile(assembleWalk({ columnCount, hasCategories, isFloat32 }))
  const { outputs } = forest
  return { walkable: { columnCount, outputs, baseline, nodes, values, trees: records, sets, module }, leafOfNode }
}
