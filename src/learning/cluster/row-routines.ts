// What k-means does row by row beside measuring distances, in WebAssembly: the rows of a first iteration all change their
// label, and in JavaScript each would cost a call.
import { routine } from '../wasm/routine.ts'
import { F64, I32 } from '../wasm/values.ts'
import { measure } from './vector-routines.ts'

/** Rows of a tile: for each column the float32 values of so many rows lie together. */
export const TILE_ROWS = 8
/** Instead of a label: before the first pass, and while float32 cannot tell. */
export const NO_LABEL = -2
export const UNDECIDED = -1

/** Addresses, and sizes in bytes. Weights are float64, weightBytes apart: 0 when one is that of all. */
export interface RowFunctions {
  /** Writes the tiles, of tileBytes, and the lengths, times `upwards`, of the rows up to `end`, less the origin. */
  packRows(
    rows: number,
    end: number,
    rowBytes: number,
    origin: number,
    tiles: number,
    tileBytes: number,
    lengths: number,
    upwards: number,
  ): void
  /**
   * Takes what relabel wrote from `changes` to `end`, for rows that come before rowCount. A row whose label is UNDECIDED
   * gets its former one back, and its place is written from `changes` on, an int32 each. Any other goes, when `moves`
   * is 1, from the sums of the former cluster to those of the new one: of sumsBytes
   * with their errors, of counts (int32) and of weights (pairs of float64). Returns the byte
   * behind the places, and 1 more when any row is decided.
   */
  moveRows(
    changes: number,
    end: number,
    rowCount: number,
    labels: number,
    rows: number,
    rowBytes: number,
    moves: number,
    sums: number,
    sumsBytes: number,
    counts: number,
    weightSums: number,
    weights: number,
    weightBytes: number,
  ): number
  /**
   * Σ weight · squared distance of the rows up to `end` to the centre of their label. `out`: where one may be written.
   */
  sumInertia(
    rows: number,
    end: number,
    rowBytes: number,
    labels: number,
    centres: number,
    weights: number,
    weightBytes: number,
    out: number,
    quadBytes: number,
    restBytes: number,
  ): number
  /**
   * Lowers `closest` (float64) and `rounded` (the same in float32) of the rows up to `end` to their squared distance to
   * the row at `chosen`, written from `out` on, where that is less; returns Σ weight · closest.
   */
  claimRows(
    rows: number,
    end: number,
    chosen: number,
    closest: number,
    rounded: number,
    weights: number,
    weightBytes: number,
    out: number,
    quadBytes: number,
    restBytes: number,
  ): number
}

export const packRows = routine(
  'packRows',
  { rows: I32, end: I32, rowBytes: I32, origin: I32, tiles: I32, tileBytes: I32, lengths: I32, upwards: F64 },
  (w, { rows, end, rowBytes, origin, tiles, tileBytes, lengths, upwards }) => {
    const rowInTile = w.declare(I32)
    w.while(rows.isBelowUnsigned(end), () => {
      const rowEnd = w.keep(rows.plus(rowBytes))
      const zero = w.keep(origin)
      const to = w.keep(tiles.plus(rowInTile))
      const squared = w.keep(F64.of(0))
      w.each(rows, rowEnd, 8, () => {
        const value = w.keep(F64.load(rows).minus(F64.load(zero)))
        w.store(to, value.demoted())
        w.add(squared, value.times(value))
        w.add(zero, 8)
        w.add(to, 4 * TILE_ROWS)
      })
      w.store(lengths, squared.squareRoot().times(upwards).demoted())
      w.add(lengths, 4)
      w.add(rowInTile, 4)
      w.if(rowInTile.equals(4 * TILE_ROWS), () => {
        w.set(rowInTile, 0)
        w.add(tiles, tileBytes)
      })
    })
  },
)

const LENGTHS = { quadBytes: I32, restBytes: I32 } as const

export const sumInertia = routine(
  'sumInertia',
  {
    ...{ rows: I32, end: I32, rowBytes: I32, labels: I32, centres: I32, weights: I32, weightBytes: I32, out: I32 },
    ...LENGTHS,
  },
  F64,
  (w, { rows, end, rowBytes, labels, centres, weights, weightBytes, out, quadBytes, restBytes }) => {
    const inertia = w.declare(F64)
    w.each(rows, end, rowBytes, () => {
      const centre = centres.plus(I32.load(labels).times(rowBytes))
      w.call(measure, { vectors: rows, end: rows.plus(rowBytes), other: centre, out, quadBytes, restBytes })
      w.add(inertia, F64.load(out).times(F64.load(weights)))
      w.add(weights, weightBytes)
      w.add(labels, 4)
    })
    return inertia
  },
)

export const claimRows = routine(
  'claimRows',
  {
    ...{ rows: I32, end: I32, chosen: I32, closest: I32, rounded: I32, weights: I32, weightBytes: I32, out: I32 },
    ...LENGTHS,
  },
  F64,
  (w, { rows, end, chosen, closest, rounded, weights, weightBytes, out, quadBytes, restBytes }) => {
    const potential = w.declare(F64)
    w.call(measure, { vectors: rows, end, other: chosen, out, quadBytes, restBytes })
    const rowCount = end.minus(rows).overUnsigned(quadBytes.plus(restBytes))
    const outEnd = w.keep(out.plus(rowCount.shiftLeft(3)))
    w.each(out, outEnd, 8, () => {
      const least = w.keep(F64.load(out).min(F64.load(closest)))
      w.store(closest, least)
      w.store(rounded, least.demoted())
      w.add(potential, least.times(F64.load(weights)))
      w.add(closest, 8)
      w.add(rounded, 4)
      w.add(weights, weightBytes)
    })
    return potential
  },
)
