// The splits of walkable trees, each with the leaves on its left.
import { sharedFloat64 } from '../../parallel/shared-arrays.ts'
import type { WalkableTrees } from '../tree-walker.ts'
import { CATEGORIES, MISSING_LEFT, NODE_BYTES, TREE_BYTES } from '../walk-module.ts'

/** Leaves of a tree at the most: a walk through a larger one, which sees few of its splits, is as fast. */
export const LEAVES_MAX = 128
const NODE_WORDS = NODE_BYTES / 4
const TREE_WORDS = TREE_BYTES / 4

/**
 * splitCounts    per tree
 * columns        per split; a value at most its threshold goes left
 * thresholds     per split
 * missingRight   per split: 1 where missing values go right, else 0
 * firsts, lasts  per split: the leaves on its left, counted in their tree from left to right
 * values         per leaf, those of a tree from left to right
 */
export interface SplitSpans {
  readonly splitCounts: Int32Array
  readonly columns: Int32Array
  readonly thresholds: Float64Array
  readonly missingRight: Uint8Array
  readonly firsts: Uint8Array
  readonly lasts: Uint8Array
  readonly values: Float64Array
}

/** Null where a split is by categories, or a tree has more than LEAVES_MAX leaves. O(nodes). */
export function splitSpans({ nodes, values, trees }: WalkableTrees): SplitSpans | null {
  const treeCount = trees.length / TREE_WORDS
  const splitCount = (values.length - treeCount) / 2
  const words = new Int32Array(nodes.buffer, nodes.byteOffset, NODE_WORDS * values.length)
  const rightOf = (node: number): number => (words[NODE_WORDS * node + 2] as number) / NODE_BYTES
  const leafCounts = countLeaves(rightOf, values.length)
  const spans = {
    splitCounts: new Int32Array(treeCount),
    columns: new Int32Array(splitCount),
    thresholds: new Float64Array(splitCount),
    missingRight: new Uint8Array(splitCount),
    firsts: new Uint8Array(splitCount),
    lasts: new Uint8Array(splitCount),
    values: sharedFloat64(splitCount + treeCount),
  }
  /** Of each node the first leaf below it. */
  const firsts = new Int32Array(values.length)
  let [split, leaf] = [0, 0]
  for (let t = 0; t < treeCount; t++) {
    const root = (trees[TREE_WORDS * t] as number) / NODE_BYTES
    const leafCount = leafCounts[root] as number
    if (leafCount > LEAVES_MAX) return null
    // Nodes come before their children.
    for (let node = root; node < root + 2 * leafCount - 1; node++) {
      const first = firsts[node] as number
      const right = rightOf(node)
      if (right === node) {
        spans.values[leaf + first] = values[node] as number
        continue
      }
      const word = words[NODE_WORDS * node + 3] as number
      if ((word & CATEGORIES) !== 0) return null
      const behind = first + (leafCounts[right + 1] as number)
      firsts[right + 1] = first
      firsts[right] = behind
      spans.columns[split] = word >> 3
      spans.thresholds[split] = nodes[2 * node] as number
      spans.missingRight[split] = (word & MISSING_LEFT) ^ MISSING_LEFT
      spans.firsts[split] = first
      spans.lasts[split] = behind - 1
      split += 1
    }
    spans.splitCounts[t] = leafCount - 1
    leaf += leafCount
  }
  return spans
}

/** Of each node the leaves below it. The left child of a node lies behind the right one; a leaf is its own right child. */
function countLeaves(rightOf: (node: number) => number, nodeCount: number): Int32Array {
  const counts = new Int32Array(nodeCount)
  for (let node = nodeCount - 1; node >= 0; node--) {
    const right = rightOf(node)
    counts[node] = right === node ? 1 : (counts[right] as number) + (counts[right + 1] as number)
  }
  return counts
}
