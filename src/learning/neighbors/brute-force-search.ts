// The search of all rows: a filter in single precision, then exact distances of the few rows that pass.
import type { StopFlag } from '../parallel/stop-flag.ts'
import { PAGE_BYTES } from '../wasm/web-assembly.ts'
import { type DistanceFilter, filterLimit, instantiateFilter, QUERY_NORM_MAX, writeQuery } from './distance-filter.ts'
import { BLOCK_ROWS } from './distance-filter-module.ts'
import { CHUNK_BYTES } from './euclidean-search.ts'
import { reducedDistance } from './minkowski.ts'
import type { NearestHeap } from './nearest-heap.ts'
import type { NeighborIndex } from './neighbor-index.ts'

/** Rows between two looks at the stop flag where there is no filter. */
const STOP_ROWS = 4096

/**
 * One thread's search. Chunks of rows double in size from one block on, so that the first distances lower the limit
 * early. What is found is exact: distances are those of reducedDistance, and the filter loses no row that counts.
 * Memory: 4 bytes a value of one batch, and 64 KiB.
 */
export class BruteForceSearch {
  private readonly index: NeighborIndex
  private readonly scan: FilterScan | null

  constructor(index: NeighborIndex, batchSize: number) {
    this.index = index
    this.scan = index.filter === null ? null : new FilterScan(index, index.filter, batchSize)
  }

  /** Offers heaps[q] every row that may be among the nearest of the query at queries[q · columnCount]. */
  search(queries: Float64Array, count: number, heaps: readonly NearestHeap[], stop: StopFlag | undefined): void {
    if (this.scan === null) this.searchPlainly(queries, count, heaps, stop)
    else this.scan.search(queries, count, heaps, stop)
  }

  private searchPlainly(
    queries: Float64Array,
    count: number,
    heaps: readonly NearestHeap[],
    stop: StopFlag | undefined,
  ): void {
    for (let start = 0; start < this.index.rowCount; start += STOP_ROWS) {
      stop?.throwIfSet()
      const end = Math.min(this.index.rowCount, start + STOP_ROWS)
      for (let q = 0; q < count; q++) offerRows(this.index, start, end, queries, q, heaps[q] as NearestHeap)
    }
  }
}

class FilterScan {
  private readonly index: NeighborIndex
  private readonly filter: DistanceFilter
  private readonly chunkBlocks: number
  private readonly module: ReturnType<typeof instantiateFilter>
  private readonly found: Int32Array
  private readonly written: readonly Float32Array[]
  private readonly norms: Float64Array

  constructor(index: NeighborIndex, filter: DistanceFilter, batchSize: number) {
    this.index = index
    this.filter = filter
    const { columnCount } = index
    this.chunkBlocks = Math.max(1, Math.floor(CHUNK_BYTES / (4 * BLOCK_ROWS * (columnCount + 1))))
    this.module = instantiateFilter(filter)
    const { scratch } = this.module
    const foundBytes = 8 * this.chunkBlocks
    const pages = Math.ceil((foundBytes + 4 * batchSize * columnCount) / PAGE_BYTES)
    if (pages > 1) scratch.grow(pages - 1)
    this.found = new Int32Array(scratch.buffer, 0, 2 * this.chunkBlocks)
    this.written = Array.from(
      { length: batchSize },
      (_, q) => new Float32Array(scratch.buffer, foundBytes + 4 * q * columnCount, columnCount),
    )
    this.norms = new Float64Array(batchSize)
  }

  search(queries: Float64Array, count: number, heaps: readonly NearestHeap[], stop: StopFlag | undefined): void {
    const { rowCount, columnCount } = this.index
    for (let q = 0; q < count; q++) {
      this.norms[q] = writeQuery(this.filter, queries, q * columnCount, this.written[q] as Float32Array)
    }
    const blockCount = Math.ceil(rowCount / BLOCK_ROWS)
    let size = 1
    for (let block = 0; block < blockCount; block += size, size = Math.min(2 * size, this.chunkBlocks)) {
      stop?.throwIfSet()
      const blocks = Math.min(size, blockCount - block)
      for (let q = 0; q < count; q++) {
        const heap = heaps[q] as NearestHeap
        if (heap.size < heap.capacity || !((this.norms[q] as number) < QUERY_NORM_MAX)) {
          const end = Math.min(rowCount, (block + blocks) * BLOCK_ROWS)
          offerRows(this.index, block * BLOCK_ROWS, end, queries, q, heap)
        } else this.scanChunk(block, blocks, queries, q, heap)
      }
    }
  }

  private scanChunk(block: number, blocks: number, queries: Float64Array, q: number, heap: NearestHeap): void {
    const { rowCount, columnCount, rows, p } = this.index
    const limit = filterLimit(this.filter, heap.limit, p, this.norms[q] as number)
    const start = block * 4 * BLOCK_ROWS * (columnCount + 1)
    const query = (this.written[q] as Float32Array).byteOffset
    const count = this.module.scan(start, blocks, query, limit, 0)
    for (let f = 0; f < 2 * count; f += 2) {
      const first = (block + (this.found[f] as number)) * BLOCK_ROWS
      for (let bits = this.found[f + 1] as number; bits !== 0; bits &= bits - 1) {
        const row = first + 31 - Math.clz32(bits & -bits)
        if (row >= rowCount) break
        const distance = reducedDistance(queries, q * columnCount, rows, row * columnCount, columnCount, p, heap.limit)
        if (distance <= heap.limit) heap.offer(distance, row)
      }
    }
  }
}

function offerRows(
  { rows, columnCount, p }: NeighborIndex,
  start: number,
  end: number,
  queries: Float64Array,
  q: number,
  heap: NearestHeap,
): void {
  for (let row = start; row < end; row++) {
    const limit = heap.limit
    const distance = reducedDistance(queries, q * columnCount, rows, row * columnCount, columnCount, p, limit)
    if (distance <= limit) heap.offer(distance, row)
  }
}
