// Boosted trees in the layout of walk-module.ts.
import { compile } from '../wasm/web-assembly.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { isCategorical } from './column-bins.ts'
import { fitWalk, layOutTrees } from './lay-out-trees.ts'
import { CATEGORICAL, MISSING_LEFT } from './tree-batch.ts'
import type { WalkableTrees } from './tree-walker.ts'
import { assembleWalk } from './walk-module.ts'

const NO_SETS = new Int32Array(0)

/** Null when a split is by categories, or the trees are too large for one memory. O(splits); 28 bytes a node while they are made. */
export function walkableTrees({ columnCount, outputs, baseline, bins, trees }: BoostedTrees): WalkableTrees | null {
  const { splitCounts, columns, children, flags } = trees
  const nodeCount = 2 * columns.length + splitCounts.length
  if (flags.some((flag) => flag >= CATEGORICAL) || !fitWalk(nodeCount)) return null
  const { leafOfNode: _, ...laidOut } = layOutTrees({
    ...{ splitCounts, children, values: trees.values },
    outputOf: (t) => t % outputs,
    putSplit(nodes, _, at, split) {
      const b = bins[columns[split] as number]
      // The last bin of values has no threshold: it parts all values from the missing.
      nodes[2 * at] = b === undefined || isCategorical(b) ? 0 : (b.thresholds[trees.bins[split] as number] ?? Infinity)
    },
    columnWordOf: (split) => 8 * (columns[split] as number) + ((flags[split] as number) & MISSING_LEFT),
  })
  const module = compile(assembleWalk({ columnCount }))
  return { columnCount, outputs, baseline, isFloat32: false, ...laidOut, sets: NO_SETS, module }
}
