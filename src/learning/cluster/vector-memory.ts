// The memory that the threads of a k-means share.
import { DataError } from '../errors.ts'
import { newSharedMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from '../wasm/web-assembly.ts'
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
  const tileCount = Math.ceil(rowCount / TILE_ROWS)
  const packCount = Math.ceil(clusterCount / PACK_CENTRES)
  const answersLength = Math.max(ANSWER_ROWS_MAX, clusterCount)
  let byteCount = 0
  const place = (length: number, bytes: number): [start: number, length: number] => {
    const start = byteCount
    byteCount += Math.ceil((length * bytes) / 64) * 64
    return [start, length]
  }
  const tiledRows = tileCount * TILE_ROWS
  const rows = place(rowCount * columnCount, 8)
  const tiles = place(tiledRows * columnCount, 4)
  const [lengths, labels, rounded, shares] = [
    place(tiledRows, 4),
    place(tiledRows, 4),
    place(tiledRows, 4),
    place(tiledRows, 4),
  ]
  const closest = place(rowCount, 8)
  const weights = place(isWeighted ? rowCount : 0, 8)
  const one = place(1, 8)
  const centres = place(clusterCount * columnCount, 8)
  const packs = place(packCount * PACK_CENTRES * (columnCount + 1), 4)
  const candidates = place(PACK_CENTRES * (columnCount + 1), 4)
  const origin = place(columnCount, 8)
  const chunkSums = place(chunkCount * clusterCount * 2 * evenly(columnCount), 8)
  const chunkWeights = place(chunkCount * clusterCount * 2, 8)
  const chunkCounts = place(chunkCount * clusterCount, 4)
  const doubt = place(2, 4)
  const answers = place(threadCount * answersLength, 8)
  const pageCount = Math.ceil(byteCount / PAGE_BYTES)
  if (pageCount > PAGES_MAX) {
    throw new DataError(
      `k_means holds its rows in 4 GiB; ${rowCount} rows × ${columnCount} columns in ${clusterCount} clusters need more`,
    )
  }
  const memory = newSharedMemory(pageCount)
  return {
    memory,
    columnCount,
    clusterCount,
    rows: new Float64Array(memory.buffer, ...rows),
    tiles: new Float32Array(memory.buffer, ...tiles),
    lengths: new Float32Array(memory.buffer, ...lengths),
    centres: new Float64Array(memory.buffer, ...centres),
    packs: new Float32Array(memory.buffer, ...packs),
    origin: new Float64Array(memory.buffer, ...origin),
    labels: new Int32Array(memory.buffer, ...labels),
    weights: new Float64Array(memory.buffer, ...weights),
    one: new Float64Array(memory.buffer, ...one).fill(1),
    closest: new Float64Array(memory.buffer, ...closest),
    rounded: new Float32Array(memory.buffer, ...rounded),
    shares: new Float32Array(memory.buffer, ...shares),
    candidates: new Float32Array(memory.buffer, ...candidates),
    chunkSums: new Float64Array(memory.buffer, ...chunkSums),
    chunkWeights: new Float64Array(memory.buffer, ...chunkWeights),
    chunkCounts: new Int32Array(memory.buffer, ...chunkCounts),
    doubt: new Float32Array(memory.buffer, ...doubt),
    answers: new Float64Array(memory.buffer, ...answers),
  }
}

/** The number, or the next if it is odd. */
export function evenly(count: number): number {
  return count + (count % 2)
}
