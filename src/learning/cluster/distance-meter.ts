// A thread's way to have WebAssembly work on the memory of a k-means.

import { evenly } from '../even-count.ts'
import { compile, instantiate } from '../wasm/web-assembly.ts'
import { TILE_ROWS } from './row-routines.ts'
import { PACK_CENTRES } from './tile-routines.ts'
import { ANSWER_ROWS_MAX, type VectorMemory } from './vector-memory.ts'
import { assembleVectorModule, type VectorFunctions } from './vector-module.ts'

const MODULE = compile(assembleVectorModule())

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
    const { tiles, lengths, rounded, shares, candidates, columnCount } = this.vectors
    const { potentials } = this
    const tileBytes = 4 * TILE_ROWS * columnCount
    this.functions.sumPotentials(
      tiles.byteOffset + (start / TILE_ROWS) * tileBytes,
      tiles.byteOffset + Math.ceil(end / TILE_ROWS) * tileBytes,
      lengths.byteOffset + 4 * start,
      rounded.byteOffset + 4 * start,
      shares.byteOffset + 4 * start,
      potentials.byteOffset,
      candidates.byteOffset,
      tileBytes,
    )
    for (let k = 0; k < 4 * PACK_CENTRES; k++) sums[k >> 2] = (sums[k >> 2] as number) + (potentials[k] as number)
  }

  /**
   * Takes the first changeCount `changes` of rows [start, end), as relabel found them. Of rows that float32 could not
   * tell
   * the label is the former one again, and their places, counted from `start`, stand in `changes` from then on. All
   * others,
   * if `moves`, are taken from the chunk's sums of their former cluster and added to those of the new one. O(changes ·
   * columns).
   */
  moveRows(
    start: number,
    end: number,
    changeCount: number,
    chunk: number,
    moves: boolean,
  ): { readonly undecidedCount: number; readonly isAnyDecided: boolean } {
    const { labels, rows, columnCount, clusterCount, chunkSums, chunkCounts, chunkWeights } = this.vectors
    const changesAt = this.changes.byteOffset
    const sumsBytes = 16 * evenly(columnCount)
    const at = chunk * clusterCount
    const answer =
      this.functions.moveRows(
        changesAt,
        changesAt + 8 * changeCount,
        end - start,
        labels.byteOffset + 4 * start,
        rows.byteOffset + 8 * start * columnCount,
        8 * columnCount,
        moves ? 1 : 0,
        chunkSums.byteOffset + at * sumsBytes,
        sumsBytes,
        chunkCounts.byteOffset + 4 * at,
        chunkWeights.byteOffset + 16 * at,
        ...this.weightsFrom(start),
      ) >>> 0
    return { undecidedCount: (answer - changesAt) >> 2, isAnyDecided: answer % 2 === 1 }
  }

  /** Σ weight · squared distance of rows [start, end) to the centres of their labels. O(rows · columns). */
  sumInertia(start: number, end: number): number {
    const { rows, labels, centres, columnCount } = this.vectors
    return this.functions.sumInertia(
      rows.byteOffset + 8 * start * columnCount,
      rows.byteOffset + 8 * end * columnCount,
      8 * columnCount,
      labels.byteOffset + 4 * start,
      centres.byteOffset,
      ...this.weightsFrom(start),
      this.squared.byteOffset,
      ...this.vectorBytes,
    )
  }

  /**
   * Lowers `closest` and `rounded` of rows [start, end), at most ANSWER_ROWS_MAX, to their squared distances to row
   * `chosen`; returns Σ weight · closest. O(rows · columns).
   */
  claimRows(start: number, end: number, chosen: number): number {
    const { rows, closest, rounded, columnCount } = this.vectors
    return this.functions.claimRows(
      rows.byteOffset + 8 * start * columnCount,
      rows.byteOffset + 8 * end * columnCount,
      rows.byteOffset + 8 * chosen * columnCount,
      closest.byteOffset + 8 * start,
      rounded.byteOffset + 4 * start,
      ...this.weightsFrom(start),
      this.squared.byteOffset,
      ...this.vectorBytes,
    )
  }

  /** Writes the tiles of all rows, and their lengths times `upwards`. O(rows · columns). */
  packRows(upwards: number): void {
    const { rows, origin, tiles, lengths, columnCount } = this.vectors
    this.functions.packRows(
      rows.byteOffset,
      rows.byteOffset + rows.byteLength,
      8 * columnCount,
      origin.byteOffset,
      tiles.byteOffset,
      4 * TILE_ROWS * columnCount,
      lengths.byteOffset,
      upwards,
    )
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
      ...this.vectorBytes,
    )
  }

  private get vectorBytes(): readonly [quadBytes: number, restBytes: number] {
    const { columnCount } = this.vectors
    return [32 * Math.floor(columnCount / 4), 8 * (columnCount % 4)]
  }

  private weightsFrom(start: number): readonly [weights: number, weightBytes: number] {
    const { weights, one } = this.vectors
    return weights.length > 0 ? [weights.byteOffset + 8 * start, 8] : [one.byteOffset, 0]
  }
}
