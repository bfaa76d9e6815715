// The memory that the threads of a k-means share.
import { evenly } from '../even-count.ts'
import { f32, f64, i32, layout } from '../wasm/layout.ts'
import { MemoryPlan } from '../wasm/memory-plan.ts'
import type { WasmMemory } from '../wasm/web-assembly.ts'
import { TILE_ROWS } from './row-routines.ts'
import { PACK_CENTRES } from './tile-routines.ts'

/** The most rows whose nearest centres a thread asks for at once. */
export const ANSWER_ROWS_MAX = 1024

/** Rows and centres, exact and in float32, in one memory that crosses to other threads as it is. */
export interface VectorMemory {
  readonly memory: WasmMemory<SharedArrayBuffer>
  readonly columnCount: number
  readonly clusterCount: number
  /** Row-major rows × columns. */
  readonly rows: Float64Array
  /** Row-major clusters × columns. */
  readonly centres: Float64Array
  /** The rows less `origin`, rounded, in tiles of TILE_ROWS: row i, column j at (⌊i / 8⌋ · columns + j) · 8 + i mod 8. */
  readonly tiles: Float32Array
  /** The length of each row of the tiles. */
  readonly lengths: Float32Array
  /** The centres less `origin`, in packs of PACK_CENTRES; see vector-module.ts. */
  readonly packs: Float32Array
  /** One value per column: where the tiles and packs have their zero. */
  readonly origin: Float64Array
  /** The cluster of each row, then as many as fill up the last tile; −1 for none. */
  readonly labels: Int32Array
  /** One weight a row, or empty when all are 1. */
  readonly weights: Float64Array
  /** A 1. */
  readonly one: Float64Array
  /** While seeding: per row the squared distance to the closest centre. */
  readonly closest: Float64Array
  /** The same, and its weight, for as many rows as the tiles have. */
  readonly rounded: Float32Array
  readonly shares: Float32Array
  /** While seeding: a pack of candidates. */
  readonly candidates: Float32Array
  /** See cluster-sums.ts. chunks × clusters × 2 × columns, rounded up to an even number. */
  readonly chunkSums: Float64Array
  /** chunks × clusters pairs: Σ weight, and what rounding has taken from it. */
  readonly chunkWeights: Float64Array
  /** chunks × clusters: the number of rows. */
  readonly chunkCounts: Int32Array
  /** How near two distances may be before float32 cannot tell them apart: slope · length of the row + margin. */
  readonly doubt: Float32Array
  /** Per thread, where answers go: float64 or int32. */
  readonly answers: Float64Array
}

/** Throws DataError when all this needs more than the 4 GiB that WebAssembly can address. */
export function newVectorMemory(
  rowCount: number,
  clusterCount: number,
  columnCount: number,
  chunkCount: number,
  threadCount: number,
  isWeighted = false,
): VectorMemory {
  const tiledRows = Math.ceil(rowCount / TILE_ROWS) * TILE_ROWS
  const packCount = Math.ceil(clusterCount / PACK_CENTRES)
  const packLength = PACK_CENTRES * (columnCount + 1)
  const plan = new MemoryPlan()
  const arrays = layout(
    {
      rows: f64(rowCount * columnCount),
      tiles: f32(tiledRows * columnCount),
      lengths: f32(tiledRows),
      labels: i32(tiledRows),
      rounded: f32(tiledRows),
      shares: f32(tiledRows),
      closest: f64(rowCount),
      weights: f64(isWeighted ? rowCount : 0),
      one: f64(1),
      centres: f64(clusterCount * columnCount),
      packs: f32(packCount * packLength),
      candidates: f32(packLength),
      origin: f64(columnCount),
      chunkSums: f64(chunkCount * clusterCount * 2 * evenly(columnCount)),
      chunkWeights: f64(chunkCount * clusterCount * 2),
      chunkCounts: i32(chunkCount * clusterCount),
      doubt: f32(2),
      answers: f64(threadCount * Math.max(ANSWER_ROWS_MAX, clusterCount)),
    },
    plan,
  )
  const memory = plan.allocate('k_means holds its rows and centres')
  const views = arrays.views(memory.buffer)
  views.one.fill(1)
  return { memory, columnCount, clusterCount, ...views }
}
