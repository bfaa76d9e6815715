// Puts trees into the memory of walk-module.ts, whatever their splits are.
import { sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import { PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { NODE_BYTES, TREE_BYTES } from './walk-module.ts'
import { walkSteps } from './walk-steps.ts'

export interface TreesToLayOut {
  /** Splits of each tree; it has one leaf more. */
  readonly splitCounts: ArrayLike<number>
  /** Left and right of each split, counted in its tree: a split that comes after it, or ~ a leaf. */
  readonly children: ArrayLike<number>
  /** Of each leaf of all trees. */
  readonly values: ArrayLike<number>
  /** The output that a tree adds to. */
  readonly outputOf: (tree: number) => number
  /** Writes what a split compares with: to nodes[2 * at], or to words[4 * at] and the one behind it. */
  readonly putSplit: (nodes: Float64Array, words: Int32Array, at: number, split: number) => void
  /** 8 × column of a split, and its flags. */
  readonly columnWordOf: (split: number) => number
}

export interface LaidOutTrees {
  readonly nodes: Float64Array
  readonly values: Float64Array
  /** As WalkableTrees has them. */
  readonly trees: Int32Array
  /** Per node its leaf, counted over all trees; 0 for splits. */
  readonly leafOfNode: Int32Array
}

/** A node takes no more, with its value and its leaf. */
const BYTES_PER_NODE = 32

/** Whether so many nodes, and what stands beside them, leave half of the memory of a walk to the rows. */
export function fitWalk(nodeCount: number, besideBytes = 0): boolean {
  return BYTES_PER_NODE * nodeCount + besideBytes <= PAGE_BYTES * (PAGES_MAX / 2)
}

/** Of a tree first its root, then by split, in their order, right and left. O(splits). */
export function layOutTrees(given: TreesToLayOut): LaidOutTrees {
  const { splitCounts, children, outputOf, putSplit, columnWordOf } = given
  const treeCount = splitCounts.length
  const nodeCount = children.length + treeCount
  const nodes = sharedFloat64((NODE_BYTES / 8) * nodeCount)
  const words = new Int32Array(nodes.buffer)
  const values = sharedFloat64(nodeCount)
  const leafOfNode = new Int32Array(nodeCount)
  const trees = sharedInt32((TREE_BYTES / 4) * treeCount)
  let [split, leaf, free] = [0, 0, 0]
  for (let t = 0; t < treeCount; t++) {
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
      values[at] = given.values[leaf + k] as number
      leafOfNode[at] = leaf + k
    }
    if (count === 0) putLeaf(root, 0)
    else places[0] = root
    for (let s = 0; s < count; s++) {
      const at = places[s] as number
      putSplit(nodes, words, at, split + s)
      words[4 * at + 2] = NODE_BYTES * free
      words[4 * at + 3] = columnWordOf(split + s)
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
    trees.set([NODE_BYTES * root, ...walkSteps(depthSum, depthMax, count + 1), 8 * outputOf(t)], 4 * t)
    split += count
    leaf += count + 1
  }
  return { nodes, values, trees, leafOfNode }
}
