// One thread's search for the nearest rows of a few queries at a time, in whichever way the index was made for.
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { Nearest } from './ballot.ts'
import { BruteForceSearch } from './brute-force-search.ts'
import { EuclideanSearch, SORTED_NEIGHBORS_MAX } from './euclidean-search.ts'
import { KdTreeSearch } from './kd-tree-search.ts'
import { NearestHeap } from './nearest-heap.ts'
import type { NeighborIndex } from './neighbor-index.ts'

const BATCH_MAX = 32
/** Numbers that the queries and heaps of a batch may hold together. */
const BATCH_VALUES_MAX = 1_000_000

export class NeighborSearcher {
  /** Queries that one search takes at most. */
  readonly batchSize: number
  /** After a search: of each query, with reduced distances between scaled rows. */
  readonly nearest: readonly Nearest[]
  private readonly index: NeighborIndex
  private readonly queries: Float64Array
  private readonly heaps: readonly NearestHeap[]
  private readonly euclidean: EuclideanSearch | null
  private readonly inTree: KdTreeSearch | null
  private readonly inAll: BruteForceSearch | null

  /** neighborCount: from 1 to the rows of the index. */
  constructor(index: NeighborIndex, neighborCount: number) {
    const fitting = Math.floor(BATCH_VALUES_MAX / (neighborCount + index.columnCount))
    this.batchSize = Math.max(1, Math.min(BATCH_MAX, fitting))
    this.index = index
    const { filter, tree, p } = index
    if (filter !== null && p === 2 && neighborCount <= SORTED_NEIGHBORS_MAX) {
      this.euclidean = new EuclideanSearch(index, filter, neighborCount, this.batchSize)
      this.nearest = this.euclidean.nearest
      this.queries = new Float64Array()
      this.heaps = []
      this.inTree = null
      this.inAll = null
      return
    }
    this.euclidean = null
    this.queries = new Float64Array(this.batchSize * index.columnCount)
    this.heaps = Array.from({ length: this.batchSize }, () => new NearestHeap(neighborCount))
    this.nearest = this.heaps
    this.inTree = tree === null ? null : new KdTreeSearch(index, tree)
    this.inAll = tree === null ? new BruteForceSearch(index, this.batchSize) : null
  }

  /**
   * Fills nearest[q] for the rows first + q of a row-major block, q < count ≤ batchSize. A row with a missing value
   * has no distance to anything, and none that is nearest. Allocates nothing. Throws FitStopped when `stop` is set.
   */
  search(values: Float64Array, first: number, count: number, stop?: StopFlag): void {
    if (this.euclidean !== null) {
      this.euclidean.search(values, first, count, stop)
      return
    }
    const { queries, heaps, index } = this
    const { columnCount, scale } = index
    const start = first * columnCount
    for (let k = 0; k < count * columnCount; k++) {
      const value = values[start + k] as number
      queries[k] = Number.isNaN(value) ? 0 : value * scale
    }
    for (let q = 0; q < count; q++) (heaps[q] as NearestHeap).clear()
    if (this.inTree !== null) {
      for (let q = 0; q < count; q++) this.inTree.search(queries, q * columnCount, heaps[q] as NearestHeap, stop)
    } else this.inAll?.search(queries, count, heaps, stop)
    for (let q = 0; q < count; q++) {
      const heap = heaps[q] as NearestHeap
      if (hasNaN(values, start + q * columnCount, columnCount)) heap.clear()
      else heap.sort()
    }
  }
}

function hasNaN(values: Float64Array, start: number, count: number): boolean {
  for (let k = start; k < start + count; k++) if (Number.isNaN(values[k])) return true
  return false
}
