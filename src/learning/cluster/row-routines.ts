// What k-means does row by row beside measuring distances, in WebAssembly: the rows of a first iteration all change their
// label, and in JavaScript each would cost a call.
import type { Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  type Code,
  call,
  constantF64,
  constantI32,
  END,
  F64,
  f64,
  get,
  I32,
  IF,
  i32,
  load,
  set,
  store,
  tee,
  whileBelow,
} from '../wasm/instructions.ts'

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

const ints = (count: number): Code => new Array<number>(count).fill(I32)
const moveOn = (pointer: number, by: number): Code => [...get(pointer), ...get(by), i32.add, ...set(pointer)]

export const PACK_ROWS = ((): Routine => {
  const [ROW, ROWS_END, ROW_BYTES, ORIGIN, TILE, TILE_BYTES, LENGTHS, UPWARDS] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [VALUES_END, ZERO, PLACE, TO, VALUE, SQUARED] = [8, 9, 10, 11, 12, 13]
  return {
    name: 'packRows',
    parameters: [...ints(7), F64],
    results: [],
    locals: [
      [4, I32],
      [2, F64],
    ],
    code: whileBelow(
      ROW,
      ROWS_END,
      [...get(ROW), ...get(ROW_BYTES), i32.add, ...set(VALUES_END), ...get(ORIGIN), ...set(ZERO)],
      [...get(TILE), ...get(PLACE), i32.add, ...set(TO), ...constantF64(0), ...set(SQUARED)],
      whileBelow(
        ROW,
        VALUES_END,
        [...get(TO), ...get(ROW), ...load.f64(), ...get(ZERO), ...load.f64(), f64.sub, ...tee(VALUE), ...store.f32()],
        [...get(SQUARED), ...get(VALUE), ...get(VALUE), f64.mul, f64.add, ...set(SQUARED)],
        [...advance(ROW, 8), ...advance(ZERO, 8), ...advance(TO, 4 * TILE_ROWS)],
      ),
      [...get(LENGTHS), ...get(SQUARED), f64.sqrt, ...get(UPWARDS), f64.mul, ...store.f32(), ...advance(LENGTHS, 4)],
      [...advance(PLACE, 4), ...get(PLACE), ...constantI32(4 * TILE_ROWS), i32.equal, ...IF],
      [...constantI32(0), ...set(PLACE), ...moveOn(TILE, TILE_BYTES), END],
    ),
  }
})()

/** measure: that routine's place in the module. */
export function sumInertia(measure: number): Routine {
  const [ROW, ROWS_END, ROW_BYTES, LABELS, CENTRES, WEIGHTS, WEIGHT_BYTES, OUT, QUAD_BYTES, REST_BYTES] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]
  const INERTIA = 10
  return {
    name: 'sumInertia',
    parameters: ints(10),
    results: [F64],
    locals: [[1, F64]],
    code: [
      ...whileBelow(
        ROW,
        ROWS_END,
        [...get(ROW), ...get(ROW), ...get(ROW_BYTES), i32.add],
        [...get(CENTRES), ...get(LABELS), ...load.i32(), ...get(ROW_BYTES), i32.mul, i32.add],
        [...get(OUT), ...get(QUAD_BYTES), ...get(REST_BYTES), ...call(measure)],
        [
          ...get(OUT),
          ...load.f64(),
          ...get(WEIGHTS),
          ...load.f64(),
          f64.mul,
          ...get(INERTIA),
          f64.add,
          ...set(INERTIA),
        ],
        [...moveOn(ROW, ROW_BYTES), ...moveOn(WEIGHTS, WEIGHT_BYTES), ...advance(LABELS, 4)],
      ),
      ...get(INERTIA),
    ],
  }
}

/** measure: that routine's place in the module. */
export function claimRows(measure: number): Routine {
  const [ROWS, ROWS_END, CHOSEN, CLOSEST, ROUNDED, WEIGHTS, WEIGHT_BYTES, OUT, QUAD_BYTES, REST_BYTES] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]
  const [OUT_END, LEAST, POTENTIAL] = [10, 11, 12]
  return {
    name: 'claimRows',
    parameters: ints(10),
    results: [F64],
    locals: [
      [1, I32],
      [2, F64],
    ],
    code: [
      ...[...get(ROWS), ...get(ROWS_END), ...get(CHOSEN), ...get(OUT), ...get(QUAD_BYTES), ...get(REST_BYTES)],
      ...call(measure),
      ...[...get(OUT), ...get(ROWS_END), ...get(ROWS), i32.sub, ...get(QUAD_BYTES), ...get(REST_BYTES), i32.add],
      ...[i32.divide, ...constantI32(3), i32.shiftLeft, i32.add, ...set(OUT_END)],
      ...whileBelow(
        OUT,
        OUT_END,
        [...get(CLOSEST), ...get(OUT), ...load.f64(), ...get(CLOSEST), ...load.f64(), f64.min, ...tee(LEAST)],
        [...store.f64(), ...get(ROUNDED), ...get(LEAST), ...store.f32()],
        [...get(LEAST), ...get(WEIGHTS), ...load.f64(), f64.mul, ...get(POTENTIAL), f64.add, ...set(POTENTIAL)],
        [...advance(OUT, 8), ...advance(CLOSEST, 8), ...advance(ROUNDED, 4), ...moveOn(WEIGHTS, WEIGHT_BYTES)],
      ),
      ...get(POTENTIAL),
    ],
  }
}
