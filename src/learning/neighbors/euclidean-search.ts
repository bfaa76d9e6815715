// One thread's search of all rows for the nearest by euclidean distance, all of it in WebAssembly.
import type { StopFlag } from '../parallel/stop-flag.ts'
import { f64, i32, layout, u8 } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import { instantiate, PAGE_BYTES, type WasmMemory } from '../wasm/web-assembly.ts'
import type { Nearest } from './ballot.ts'
import { type DistanceFilter, ownPart, roundingOf, slackOf, vanishing } from './distance-filter.ts'
import { BLOCK_ROWS } from './distance-filter-module.ts'
import type { NeighborIndex } from './neighbor-index.ts'
import { blockBytesOf } from './row-builder.ts'
import { recordPlaces, type SearchRoutines } from './search-module.ts'

/** Up to so many neighbours are kept in a sorted list; beyond, a heap is faster. */
export const SORTED_NEIGHBORS_MAX = 256
/** Bytes of filter rows that all queries of a batch go through before the next: they stay in the nearest caches. */
export const CHUNK_BYTES = 65_536

/**
 * Chunks of rows double in size from one block on, so that the first distances lower the limit early. What is found is
 * exact: distances are those of reducedDistance, and the filter loses no row that counts.
 * Memory: 20 bytes a value of one batch, 12 a neighbour, and 64 KiB.
 */
export class EuclideanSearch {
  /** Per query of the last batch. */
  readonly nearest: readonly Nearest[]
  private readonly index: NeighborIndex
  private readonly filter: DistanceFilter
  private readonly neighborCount: number
  private readonly chunkBlocks: number
  private readonly routines: SearchRoutines
  private readonly recordBytes: number
  private readonly centres: Float64Array
  private readonly values: Float64Array
  /** Addresses. */
  private readonly records: number
  private readonly found: number

  constructor(index: NeighborIndex, filter: DistanceFilter, neighborCount: number, batchSize: number) {
    const { columnCount } = index
    this.index = index
    this.filter = filter
    this.neighborCount = neighborCount
    this.chunkBlocks = Math.max(1, Math.floor(CHUNK_BYTES / blockBytesOf(columnCount)))
    const { isMissing, distances } = recordPlaces(columnCount)
    this.recordBytes = 16 * Math.ceil((distances.offset + 12 * neighborCount) / 16)
    const plan = new MemoryPlan()
    const arrays = layout(
      {
        /** What the filter finds: a block and the bits of its rows. */
        found: i32(2 * this.chunkBlocks),
        centres: f64(columnCount),
        values: f64(batchSize * columnCount),
        records: u8(batchSize * this.recordBytes),
      },
      plan,
    )
    const exports = instantiate(filter.module, { rows: filter.memory }) as SearchRoutines & { scratch: WasmMemory }
    this.routines = exports
    const pages = Math.ceil(plan.byteCount / PAGE_BYTES)
    if (pages > 1) exports.scratch.grow(pages - 1)
    const { buffer } = exports.scratch
    const { found, centres, values, records } = arrays.views(buffer)
    this.found = found.byteOffset
    this.records = records.byteOffset
    this.centres = centres
    this.centres.set(filter.centres)
    this.values = values
    this.nearest = Array.from({ length: batchSize }, (_, q) => {
      const at = this.records + q * this.recordBytes
      const missing = new Int32Array(buffer, at + isMissing.offset, 1)
      return {
        get size() {
          return missing[0] === 0 ? neighborCount : 0
        },
        distances: new Float64Array(buffer, at + distances.offset, neighborCount),
        rows: new Uint32Array(buffer, at + distances.offset + 8 * neighborCount, neighborCount),
      }
    })
  }

  /** Fills nearest[q] for the rows first + q of a row-major block, q < count. Throws FitStopped when `stop` is set. */
  search(values: Float64Array, first: number, count: number, stop: StopFlag | undefined): void {
    const { routines, filter, neighborCount, chunkBlocks, records, recordBytes } = this
    const { rowCount, columnCount, scale, rows } = this.index
    const recordsEnd = records + count * recordBytes
    this.values.set(values.subarray(first * columnCount, (first + count) * columnCount))
    const from = this.values.byteOffset
    const to = from + 8 * count * columnCount
    const scales = [scale, filter.scale, ownPart(columnCount), vanishing(columnCount)] as const
    routines.prepare(from, to, records, recordBytes, this.centres.byteOffset, neighborCount, ...scales)
    const reach = roundingOf(columnCount, 2) * filter.scale
    const slack = slackOf(columnCount, 2) * filter.scale
    const blockCount = Math.ceil(rowCount / BLOCK_ROWS)
    const blockBytes = blockBytesOf(columnCount)
    let size = 1
    for (let block = 0; block < blockCount; block += size, size = Math.min(2 * size, chunkBlocks)) {
      stop?.throwIfSet()
      routines.search(
        block * blockBytes,
        Math.min(size, blockCount - block),
        block * BLOCK_ROWS,
        rows.byteOffset,
        rowCount,
        records,
        recordsEnd,
        recordBytes,
        neighborCount,
        this.found,
        reach,
        slack,
      )
    }
  }
}
