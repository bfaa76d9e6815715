// The loops that k-means spends its time in, in WebAssembly: several times as fast as in JavaScript. The bytes are always
// the same, so that they are compiled and optimized once a process.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  BLOCK,
  branchIf,
  type Code,
  END,
  F64,
  f64,
  f64x2,
  get,
  I32,
  i32,
  LOOP,
  load,
  set,
  store,
  tee,
  V128,
  v128,
} from '../wasm/instructions.ts'
import { moveRows } from './move-rows-routine.ts'
import { claimRows, PACK_ROWS, type RowFunctions, sumInertia } from './row-routines.ts'
import { relabel, sumPotentials, type TileFunctions } from './tile-routines.ts'

export interface VectorFunctions extends RowFunctions, TileFunctions {
  /**
   * Writes the squared distances of the vectors from byte `vectors` to `end`, at least one, to the vector at `other`,
   * one float64 each from `out` on, summed in the order of squaredDistance: equal to the last bit.
   * Vectors are 8 · columns = quadBytes + restBytes long, of which quadBytes are a multiple of 32 and restBytes < 32.
   */
  measure(vectors: number, end: number, other: number, out: number, quadBytes: number, restBytes: number): void
}

/** The bytes of a module that imports a shared memory env.memory and exports VectorFunctions. */
export function assembleVectorModule(): Uint8Array<ArrayBuffer> {
  return assembleModule({
    memory: { name: 'memory', isShared: true },
    routines: [MEASURE, ADD_ROW, relabel(), sumPotentials(), PACK_ROWS, moveRows(1), sumInertia(0), claimRows(0)],
  })
}

const integers = (count: number): Code => new Array<number>(count).fill(I32)
const zero = (local: number): Code => [...v128.zero, ...set(local)]
/** While two pointers differ. */
const againUntil = (a: number, b: number): Code => [...get(a), ...get(b), i32.differ, ...branchIf(0)]
const MEASURE = ((): Routine => {
  const [A, LAST, OTHER, OUT, QUAD_BYTES, REST_BYTES, B, A_END] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [SQUARED, GAP, SUM_01, SUM_23, GAPS] = [8, 9, 10, 11, 12]
  /** sum += (two columns of a − two of b)², `offset` bytes on. */
  const addSquares = (sum: number, offset: number): Code => [
    ...[...get(A), ...load.v128(offset, 8), ...get(B), ...load.v128(offset, 8), ...f64x2.sub, ...tee(GAPS)],
    ...[...get(GAPS), ...f64x2.mul, ...get(sum), ...f64x2.add, ...set(sum)],
  ]
  return {
    name: 'measure',
    parameters: integers(6),
    results: [],
    locals: [
      [2, I32],
      [2, F64],
      [3, V128],
    ],
    code: [
      ...LOOP, // a vector
      ...[...zero(SUM_01), ...zero(SUM_23), ...get(OTHER), ...set(B)],
      ...[...get(A), ...get(QUAD_BYTES), i32.add, ...set(A_END)],
      ...[...BLOCK, ...get(A), ...get(A_END), i32.equal, ...branchIf(0)],
      ...[...LOOP, ...addSquares(SUM_01, 0), ...addSquares(SUM_23, 16)],
      ...[...advance(B, 32), ...advance(A, 32), ...againUntil(A, A_END), END, END],
      ...[...get(SUM_01), ...f64x2.lane(0), ...set(SQUARED), ...get(A_END), ...get(REST_BYTES), i32.add, ...set(A_END)],
      ...[...BLOCK, ...get(A), ...get(A_END), i32.equal, ...branchIf(0)],
      ...[...LOOP, ...get(A), ...load.f64(), ...get(B), ...load.f64(), f64.sub, ...tee(GAP)],
      ...[...get(GAP), f64.mul, ...get(SQUARED), f64.add, ...set(SQUARED)],
      ...[...advance(B, 8), ...advance(A, 8), ...againUntil(A, A_END), END, END],
      ...[...get(OUT), ...get(SQUARED), ...get(SUM_01), ...f64x2.lane(1), f64.add],
      ...[...get(SUM_23), ...f64x2.lane(0), ...get(SUM_23), ...f64x2.lane(1), f64.add, f64.add, ...store.f64()],
      ...[...advance(OUT, 8), ...againUntil(A, LAST), END],
    ],
  }
})()

/**
 * addRow(row, sums, bytes, factor) adds factor · row to float64 sums, and what rounding takes from them to the errors
 * behind them (Knuth's two-sum). All three are `bytes` long, a multiple of 16: an odd last column is followed by what
 * lies behind the row.
 */
const ADD_ROW = ((): Routine => {
  const [ROW, SUMS, BYTES, FACTOR, ERRORS, ROW_END, FACTORS, VALUE, BEFORE, AFTER, ADDED] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]
  return {
    name: 'addRow',
    parameters: [...integers(3), F64],
    results: [],
    locals: [
      [2, I32],
      [5, V128],
    ],
    code: [
      ...[...get(SUMS), ...get(BYTES), i32.add, ...set(ERRORS), ...get(ROW), ...get(BYTES), i32.add, ...set(ROW_END)],
      ...[...get(FACTOR), ...f64x2.splat, ...set(FACTORS)],
      ...LOOP,
      ...[...get(ROW), ...load.v128(0, 8), ...get(FACTORS), ...f64x2.mul, ...tee(VALUE)],
      ...[...get(SUMS), ...load.v128(), ...tee(BEFORE), ...f64x2.add, ...tee(AFTER), ...get(BEFORE), ...f64x2.sub],
      ...[...set(ADDED), ...get(SUMS), ...get(AFTER), ...store.v128()],
      ...[...get(ERRORS), ...get(ERRORS), ...load.v128()],
      ...[...get(BEFORE), ...get(AFTER), ...get(ADDED), ...f64x2.sub, ...f64x2.sub],
      ...[...get(VALUE), ...get(ADDED), ...f64x2.sub, ...f64x2.add, ...f64x2.add, ...store.v128()],
      ...[...advance(SUMS, 16), ...advance(ERRORS, 16), ...advance(ROW, 16), ...againUntil(ROW, ROW_END), END],
    ],
  }
})()
