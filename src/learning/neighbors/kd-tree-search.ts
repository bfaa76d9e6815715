// The search of a kd-tree (Friedman, Bentley and Finkel 1977): nearer child first, boxes that are too far never.
import type { StopFlag } from '../parallel/stop-flag.ts'
import { kdTreeDepth, nodeStart } from './kd-tree.ts'
import { isByPowers, reducedDistance } from './minkowski.ts'
import type { NearestHeap } from './nearest-heap.ts'
import type { KdTree, NeighborIndex } from './neighbor-index.ts'

/** Bounds and distances round alike for p of 1 and 2; powers may not, so a bound must be this much too far. */
const BOUND_SLACK = 1 - 1e-12
/** Leaves between two looks at the stop flag. */
const STOP_LEAVES = 1024

/** One thread's search of one tree. Its memory is bounded by the depth of the tree. */
export class KdTreeSearch {
  private readonly index: NeighborIndex
  private readonly tree: KdTree
  private readonly depth: number
  private readonly nodes: Int32Array
  private readonly bounds: Float64Array
  private leaves = 0

  constructor(index: NeighborIndex, tree: KdTree) {
    this.index = index
    this.tree = tree
    this.depth = kdTreeDepth(index.rowCount, tree.leafSize)
    this.nodes = new Int32Array(this.depth + 2)
    this.bounds = new Float64Array(this.depth + 2)
  }

  /** Offers the heap every row that may be among the nearest of the query at queries[from …]. */
  search(queries: Float64Array, from: number, heap: NearestHeap, stop: StopFlag | undefined): void {
    const { nodes, bounds, depth } = this
    const firstLeaf = 2 ** depth
    let waiting = 0
    nodes[waiting] = 1
    bounds[waiting++] = 0
    while (waiting > 0) {
      const node = nodes[--waiting] as number
      if ((bounds[waiting] as number) * BOUND_SLACK > heap.limit) continue
      if (node >= firstLeaf) {
        if (++this.leaves % STOP_LEAVES === 0) stop?.throwIfSet()
        this.searchLeaf(node - firstLeaf, queries, from, heap)
        continue
      }
      const left = 2 * node
      const toLeft = this.boundOf(left, queries, from)
      const toRight = this.boundOf(left + 1, queries, from)
      const near = toLeft <= toRight ? left : left + 1
      nodes[waiting] = near ^ 1
      bounds[waiting++] = near === left ? toRight : toLeft
      nodes[waiting] = near
      bounds[waiting++] = near === left ? toLeft : toRight
    }
  }

  private searchLeaf(leaf: number, queries: Float64Array, from: number, heap: NearestHeap): void {
    const { rows, rowCount, columnCount, p } = this.index
    const { order } = this.tree
    const end = nodeStart(rowCount, this.depth, leaf + 1)
    for (let i = nodeStart(rowCount, this.depth, leaf); i < end; i++) {
      const limit = heap.limit
      const distance = reducedDistance(queries, from, rows, i * columnCount, columnCount, p, limit)
      if (distance <= limit) heap.offer(distance, order[i] as number)
    }
  }

  /**
   * The p-th power of the distance from the query to the box of a node, summed as distances are; of a high order the
   * largest gap, which no distance is below.
   */
  private boundOf(node: number, queries: Float64Array, from: number): number {
    const { columnCount, p } = this.index
    const { boxes } = this.tree
    const isSum = isByPowers(p)
    let sum = 0
    for (let j = 0, k = 2 * node * columnCount; j < columnCount; j++, k += 2) {
      const value = queries[from + j] as number
      const below = (boxes[k] as number) - value
      const above = value - (boxes[k + 1] as number)
      const gap = Math.max(below, above, 0)
      if (isSum) sum += p === 2 ? gap * gap : p === 1 ? gap : gap ** p
      else if (gap > sum) sum = gap
    }
    return sum
  }
}
