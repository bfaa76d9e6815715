// Boosted trees in the layout of walk-module.ts.
import { sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import { compile, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { isCategorical } from './column-bins.ts'
import { CATEGORICAL, MISSING_LEFT } from './tree-batch.ts'
import type { WalkableTrees } from './tree-walker.ts'
import { assembleWalk, NODE_BYTES, TREE_BYTES } from './walk-module.ts'
import { walkSteps } from './walk-steps.ts'

const NO_SETS = new Int32Array(0)

/** Null when a split is by categories, or the trees are too large for one memory. O(splits); 24 bytes a node. */
export function walkableTrees({ columnCount, outputs, baseline, bins, trees }: BoostedTrees): WalkableTrees | null {
  const { splitCounts, columns, children, flags } = trees
  const nodeCount = 2 * columns.length + splitCounts.length
  if (flags.some((flag) => flag >= CATEGORICAL) || 32 * nodeCount > PAGE_BYTES * (PAGES_MAX / 2)) return null
  const nodes = sharedFloat64((NODE_BYTES / 8) * nodeCount)
  const words = new Int32Array(nodes.buffer)
  const values = sharedFloat64(nodeCount)
  const records = sharedInt32((TREE_BYTES / 4) * splitCounts.length)
  let [split, leaf, free] = [0, 0, 0]
  splitCounts.forEach((count, t) => {
    const root = free++
    let depthMax = 0
    let depthSum = 0
    /** Splits in ascending order, which come after their parents. */
    const places = new Int32Array(count)
    const depths = new Int32Array(count)
    const putLeaf = (at: number, k: number): void => {
      nodes[2 * at] = Number.NaN
      words[4 * at + 2] = NODE_BYTES * at
      values[at] = trees.values[leaf + k] as number
    }
    if (count === 0) putLeaf(root, 0)
    else places[0] = root
    for (let s = 0; s < count; s++) {
      const at = places[s] as number
      const column = columns[split + s] as number
      const b = bins[column]
      // The last bin of values has no threshold: it parts all values from the missing.
      nodes[2 * at] =
        b === undefined || isCategorical(b) ? 0 : (b.thresholds[trees.bins[split + s] as number] ?? Infinity)
      words[4 * at + 2] = NODE_BYTES * free
      words[4 * at + 3] = 8 * column + ((flags[split + s] as number) & MISSING_LEFT)
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
    records.set([NODE_BYTES * root, ...walkSteps(depthSum, depthMax, count + 1), 8 * (t % outputs)], 4 * t)
    split += count
    leaf += count + 1
  })
  const module = compile(assembleWalk({ columnCount }))
  return { columnCount, outputs, baseline, nodes, values, trees: records, sets: NO_SETS, module }
}
