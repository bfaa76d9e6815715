// Imported trees in the layout of boosting/walk-module.ts.

import { fitWalk, layOutTrees } from '../boosting/lay-out-trees.ts'
import type { WalkableTrees } from '../boosting/tree-walker.ts'
import { assembleWalk } from '../boosting/walk-module.ts'
import { DataError } from '../errors.ts'
import { sharedInt32 } from '../parallel/shared-arrays.ts'
import { compile } from '../wasm/web-assembly.ts'
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
  if (!fitWalk(nodeCount, setWords.byteLength)) {
    throw new DataError(`${splitCounts.length} trees with ${nodeCount} nodes are more than 2 GiB in memory`)
  }
  const { leafOfNode, ...laidOut } = layOutTrees({
    ...{ splitCounts, children, values: forest.values },
    outputOf: (t) => treeOutputs[t] as number,
    putSplit(nodes, words, at, split) {
      const threshold = thresholds[split] as number
      if (((flags[split] as number) & CATEGORICAL) === 0) nodes[2 * at] = threshold
      else {
        words[4 * at] = 4 * (setStarts[threshold] as number)
        words[4 * at + 1] = 32 * ((setStarts[threshold + 1] as number) - (setStarts[threshold] as number))
      }
    },
    columnWordOf: (split) => 8 * (columns[split] as number) + (flags[split] as number),
  })
  const sets = sharedInt32(setWords.length)
  sets.set(setWords)
  const columnCount = forest.views.length
  const hasCategories = setStarts.length > 1
  const module = compile(assembleWalk({ columnCount, hasCategories, isFloat32 }))
  const { outputs } = forest
  return { walkable: { columnCount, outputs, baseline, isFloat32, ...laidOut, sets, module }, leafOfNode }
}
