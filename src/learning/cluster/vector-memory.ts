// The memory that the threads of a k-means share, and each thread's way to have WebAssembly work on it.
import { DataError } from '../errors.ts'
import { compile, instantiate, newSharedMemory, PAGE_BYTES, PAGES_MAX, type WasmMemory } from '../wasm/web-assembly.ts'
import { assembleVectorModule, PACK_CENTRES, TILE_ROWS, type VectorFunctions } from './vector-module.ts'

const MODULE = compile(assembleVectorModule())

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
  /** While seeding: per row, as many as the tiles have, the squared distance to the closest centre, and its weight. */
  readonly closest: Float32Array
  readonly shares: Float32Array
  /** While seeding: a pack of candidates. */
  readonly candidates: Float32Array
  /** chunks × clusters × 2 × columns, rounded up to an even number: see cluster-sums.ts. */
  readonly chunkSums: Float64Array
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
  const [lengths, labels, closest, shares] = [
    place(tiledRows, 4),
    place(tiledRows, 4),
    place(tiledRows, 4),
    place(tiledRows, 4),
  ]
  const centres = place(clusterCount * columnCount, 8)
  const packs = place(packCount * PACK_CENTRES * (columnCount + 1), 4)
  const candidates = place(PACK_CENTRES * (columnCount + 1), 4)
  const origin = place(columnCount, 8)
  const chunkSums = place(chunkCount * clusterCount * 2 * evenly(columnCount), 8)
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
    closest: new Float32Array(memory.buffer, ...closest),
    shares: new Float32Array(memory.buffer, ...shares),
    candidates: new Float32Array(memory.buffer, ...candidates),
    chunkSums: new Float64Array(memory.buffer, ...chunkSums),
    doubt: new Float32Array(memory.buffer, ...doubt),
    answers: new Float64Array(memory.buffer, ...answers),
  }
}

/** The number, or the next if it is odd. */
export function evenly(count: number): number {
  return count + (count % 2)
}

/** One thread's way to ask for distances. Two threads may not use the same at once. */
export class DistanceMeter {
  /** Answers of `measure`. */
  readonly squared: Float64Array
  /** Answers of `relabel`. */
  readonly changes: Int32Array
  private readonly potentials: Float32Array
  private readonly vectors: VectorMemory
  private readonly functions: VectorFunctions

  /** The meter of thread `index`. */
  constructor(vectors: VectorMemory, index: number) {
    const { memory, answers, clusterCount } = vectors
    const length = Math.max(ANSWER_ROWS_MAX, clusterCount)
    this.squared = answers.subarray(index * length, (index + 1) * length)
    this.changes = new Int32Array(memory.buffer, this.squared.byteOffset, 2 * ANSWER_ROWS_MAX)
    this.potentials = new Float32Array(memory.buffer, this.squared.byteOffset, 4 * PACK_CENTRES)
    this.vectors = vectors
    this.functions = instantiate(MODULE, { memory }) as VectorFunctions
  }

  /** The squared distances of rows [start, end), at least one and at most ANSWER_ROWS_MAX, to row `other`. */
  measureRows(start: number, end: number, other: number): void {
    this.measure(this.vectors.rows, start, end, other)
  }

  /** The squared distances of the first `count` centres, at least one, to row `other`. */
  measureCentres(count: number, other: number): void {
    this.measure(this.vectors.centres, 0, count, other)
  }

  /**
   * Labels rows [start, end), at least one and at most ANSWER_ROWS_MAX, start a multiple of TILE_ROWS, with their nearest
   * centre, or with −1 where it takes exact distances to tell. Returns how many labels changed, those of rows that only
   * fill up the last tile included; of each, `changes` holds two numbers: the row, counted from `start`, and its former
   * label. O(rows · clusters · columns).
   */
  relabel(start: number, end: number): number {
    const { tiles, lengths, labels, packs, doubt, columnCount } = this.vectors
    const tileBytes = 4 * TILE_ROWS * columnCount
    const changesEnd = this.functions.relabel(
      tiles.byteOffset + (start / TILE_ROWS) * tileBytes,
      tiles.byteOffset + Math.ceil(end / TILE_ROWS) * tileBytes,
      lengths.byteOffset + 4 * start,
      labels.byteOffset + 4 * start,
      this.changes.byteOffset,
      packs.byteOffset,
      packs.byteOffset + packs.byteLength,
      tileBytes,
      doubt[0] as number,
      doubt[1] as number,
    )
    return ((changesEnd >>> 0) - this.changes.byteOffset) / 8
  }

  /**
   * Adds to `sums`, for each of the PACK_CENTRES candidates, Σ share · squared distance to the closest centre over rows
   * [start, end), were it one; to float32's precision. start: a multiple of TILE_ROWS. Rows that only fill up the last
   * tile have no share. O(rows · columns).
   */
  addPotentials(start: number, end: number, sums: Float64Array): void {
    const { tiles, lengths, closest, shares, candidates, columnCount } = this.vectors
    const { potentials } = this
    const tileBytes = 4 * TILE_ROWS * columnCount
    this.functions.sumPotentials(
      tiles.byteOffset + (start / TILE_ROWS) * tileBytes,
      tiles.byteOffset + Math.ceil(end / TILE_ROWS) * tileBytes,
      lengths.byteOffset + 4 * start,
      closest.byteOffset + 4 * start,
      shares.byteOffset + 4 * start,
      potentials.byteOffset,
      candidates.byteOffset,
      tileBytes,
    )
    for (let k = 0; k < 4 * PACK_CENTRES; k++) sums[k >> 2] = (sums[k >> 2] as number) + (potentials[k] as number)
  }

  /** Adds factor · row i to sums `at` of chunkSums, with their errors. O(columns). */
  addRow(i: number, at: number, factor: number): void {
    const { rows, chunkSums, columnCount } = this.vectors
    const bytes = 8 * evenly(columnCount)
    this.functions.addRow(rows.byteOffset + 8 * i * columnCount, chunkSums.byteOffset + 2 * at * bytes, bytes, factor)
  }

  /** The first of the nearest centres of row i, by exact distances. O(clusters · columns). */
  findNearestExactly(i: number): number {
    const { clusterCount } = this.vectors
    this.measureCentres(clusterCount, i)
    let nearest = 0
    for (let c = 1; c < clusterCount; c++) {
      if ((this.squared[c] as number) < (this.squared[nearest] as number)) nearest = c
    }
    return nearest
  }

  private measure(vectors: Float64Array, start: number, end: number, other: number): void {
    const { rows, columnCount } = this.vectors
    const bytes = 8 * columnCount
    this.functions.measure(
      vectors.byteOffset + start * bytes,
      vectors.byteOffset + end * bytes,
      rows.byteOffset + other * bytes,
      this.squared.byteOffset,
      32 * Math.floor(columnCount / 4),
      8 * (columnCount % 4),
    )
  }
}
