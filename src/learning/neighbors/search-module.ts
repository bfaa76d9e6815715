// The search of all rows by euclidean distance in WebAssembly: the filter, exact distances of what passes it, and the
// nearest so far. Nothing of a query is left to JavaScript, which is interpreted while the first thousands are answered.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  BLOCK,
  branch,
  branchIf,
  type Code,
  call,
  constantF64,
  constantI32,
  demoteF64,
  ELSE,
  END,
  F64,
  f64,
  f64x2,
  fillScratch,
  get,
  I32,
  IF,
  i32,
  LOOP,
  load,
  set,
  store,
  tee,
  V128,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { BLOCK_ROWS, scanRoutine } from './distance-filter-module.ts'

/** Addresses, and sizes in bytes; rows and blocks lie in memory 0, all else in memory 1. */
export interface SearchRoutines {
  /**
   * Makes a record of each row of a row-major block from `values` to `end`: times `scale` in float64, and less the
   * centres, times filterScale, in float32. Nothing is near to it yet. Missing values count as 0 and are noted.
   */
  prepare(
    values: number,
    end: number,
    record: number,
    recordBytes: number,
    centres: number,
    neighborCount: number,
    scale: number,
    filterScale: number,
    part: number,
    vanishing: number,
  ): void
  /**
   * Puts those of blockCount ≥ 1 blocks from `blocks` on, whose first row is row firstRow of rowCount at `rows`, among
   * the
   * nearest of each record up to recordsEnd. Rows must come in ascending order. The filter's limit for a distance t is
   * (t · reach + slack)² · ½ (1 + 2⁻¹⁹) less the record's own part. `found`: where scan may write.
   */
  search(
    blocks: number,
    blockCount: number,
    firstRow: number,
    rows: number,
    rowCount: number,
    record: number,
    recordsEnd: number,
    recordBytes: number,
    neighborCount: number,
    found: number,
    reach: number,
    slack: number,
  ): void
}

/** Where the parts of a query's record lie, in bytes. */
export interface RecordLayout {
  readonly own: number
  readonly isMissing: number
  readonly exact: number
  readonly rounded: number
  readonly distances: number
}

export function recordLayout(columnCount: number): RecordLayout {
  const exact = 16
  const rounded = exact + 16 * Math.ceil(columnCount / 2)
  return { own: 0, isMissing: 8, exact, rounded, distances: rounded + 16 * Math.ceil(columnCount / 4) }
}

/** The bytes of a module that imports memory env.rows (shared) and exports its own `scratch`, scan and SearchRoutines. */
export function assembleSearch(columnCount: number): Uint8Array<ArrayBuffer> {
  const layout = recordLayout(columnCount)
  return assembleModule({
    memory: { name: 'rows', isShared: true },
    ownMemory: 'scratch',
    routines: [scanRoutine(columnCount, 2), prepare(columnCount, layout), search(columnCount, layout)],
  })
}

const SCRATCH = 1
const ints = (count: number): Code => new Array<number>(count).fill(I32)
const floats = (count: number): Code => new Array<number>(count).fill(F64)
/** The square of a norm from which on single precision says nothing: QUERY_NORM_MAX². */
const SQUARED_NORM_MAX = 1e30

function prepare(columnCount: number, { own, isMissing, exact, rounded, distances }: RecordLayout): Routine {
  const [VALUE_AT, VALUES_END, RECORD, RECORD_BYTES, CENTRES, NEIGHBORS, SCALE, FILTER_SCALE, PART, VANISHING] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]
  const [ROW_END, CENTRE, TO, TO_ROUNDED, MISSING, VALUE, SUM] = [10, 11, 12, 13, 14, 15, 16]
  return {
    name: 'prepare',
    parameters: [...ints(6), ...floats(4)],
    results: [],
    locals: [
      [5, I32],
      [2, F64],
    ],
    code: whileBelow(
      VALUE_AT,
      VALUES_END,
      [...get(VALUE_AT), ...constantI32(8 * columnCount), i32.add, ...set(ROW_END), ...get(CENTRES), ...set(CENTRE)],
      [...get(RECORD), ...set(TO), ...get(RECORD), ...set(TO_ROUNDED)],
      [...constantI32(0), ...set(MISSING), ...constantF64(0), ...set(SUM)],
      whileBelow(
        VALUE_AT,
        ROW_END,
        [...get(VALUE_AT), ...load.f64(0, SCRATCH), ...get(SCALE), f64.mul, ...tee(VALUE), ...get(VALUE), f64.differ],
        [...IF, ...constantF64(0), ...set(VALUE), ...constantI32(1), ...set(MISSING), END],
        [...get(TO), ...get(VALUE), ...store.f64(exact, SCRATCH)],
        [...get(TO_ROUNDED), ...get(VALUE), ...get(CENTRE), ...load.f64(0, SCRATCH), f64.sub, ...get(FILTER_SCALE)],
        [f64.mul, ...tee(VALUE), ...store.f32(rounded, SCRATCH)],
        [...get(SUM), ...get(VALUE), ...get(VALUE), f64.mul, f64.add, ...set(SUM)],
        ...[advance(VALUE_AT, 8), advance(CENTRE, 8), advance(TO, 8), advance(TO_ROUNDED, 4)],
      ),
      [...get(RECORD), ...get(SUM), ...constantF64(SQUARED_NORM_MAX), f64.less, ...IF_F64],
      [...get(SUM), ...get(PART), f64.mul, ...get(VANISHING), f64.sub, ELSE],
      // So far out every row passes the filter.
      [...get(RECORD), ...constantI32(rounded), i32.add, ...constantI32(0), ...constantI32(4 * columnCount)],
      [...fillScratch, ...constantF64(Number.NEGATIVE_INFINITY), END, ...store.f64(own, SCRATCH)],
      [...get(RECORD), ...get(MISSING), ...store.i32(isMissing, SCRATCH)],
      [...get(RECORD), ...set(TO), ...get(RECORD), ...get(NEIGHBORS), ...constantI32(3), i32.shiftLeft, i32.add],
      [...set(ROW_END)],
      whileBelow(TO, ROW_END, [
        ...get(TO),
        ...constantF64(Number.POSITIVE_INFINITY),
        ...store.f64(distances, SCRATCH),
        ...advance(TO, 8),
      ]),
      [...get(RECORD), ...get(RECORD_BYTES), i32.add, ...set(RECORD)],
    ),
  }
}

/** if … else, which leaves a float64. */
const IF_F64 = [0x04, F64] as const

function search(columnCount: number, { own, exact, rounded, distances }: RecordLayout): Routine {
  const [BLOCKS, BLOCK_COUNT, FIRST_ROW, ROWS, ROW_COUNT, RECORD, RECORDS_END, RECORD_BYTES] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [NEIGHBORS, FOUND, REACH, SLACK] = [8, 9, 10, 11]
  const [LAST, FOUND_AT, FOUND_END, BITS, ROW, A, B, A_END, LAST_ROW, PLACE] = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21]
  const [DISTANCE, SUM_01, SUM_23, GAPS] = [22, 23, 24, 25]
  const eights = columnCount - (columnCount % 8)
  const addSquares = (sum: number, offset: number): Code => [
    ...[...get(A), ...load.v128(exact + offset, 16, SCRATCH), ...get(B), ...load.v128(offset, 8), ...f64x2.sub],
    ...[...tee(GAPS), ...get(GAPS), ...f64x2.mul, ...get(sum), ...f64x2.add, ...set(sum)],
  ]
  /** Adds in the order of squaredDistance in minkowski.ts: equal to the last bit. */
  const measure: Code = [
    ...[...get(RECORD), ...set(A), ...get(ROWS), ...get(ROW), ...constantI32(8 * columnCount), i32.mul, i32.add],
    ...[...set(B), ...v128.zero, ...set(SUM_01), ...v128.zero, ...set(SUM_23)],
    ...[...get(A), ...constantI32(8 * eights), i32.add, ...set(A_END)],
    ...whileBelow(
      A,
      A_END,
      ...[addSquares(SUM_01, 0), addSquares(SUM_23, 16), addSquares(SUM_01, 32), addSquares(SUM_23, 48)],
      ...[advance(A, 64), advance(B, 64)],
    ),
    ...[...get(SUM_01), ...f64x2.lane(0), ...set(DISTANCE)],
    ...[...Array(columnCount - eights).keys()].flatMap((j) => [
      ...[...get(A), ...load.half(exact + 8 * j, SCRATCH), ...get(B), ...load.half(8 * j), ...f64x2.sub],
      ...[...tee(GAPS), ...get(GAPS), ...f64x2.mul, ...f64x2.lane(0), ...get(DISTANCE), f64.add, ...set(DISTANCE)],
    ]),
    ...[...get(DISTANCE), ...get(SUM_01), ...f64x2.lane(1), f64.add],
    ...[...get(SUM_23), ...f64x2.lane(0), ...get(SUM_23), ...f64x2.lane(1), f64.add, f64.add, ...set(DISTANCE)],
  ]
  /** Behind those that are as near: they came before. */
  const insert: Code = [
    ...[...get(LAST), ...set(PLACE), ...get(RECORD), ...get(NEIGHBORS), ...constantI32(3), i32.shiftLeft, i32.add],
    ...[...get(NEIGHBORS), ...constantI32(1), i32.sub, ...constantI32(2), i32.shiftLeft, i32.add, ...set(LAST_ROW)],
    ...[...BLOCK, ...LOOP],
    ...[...get(PLACE), ...get(RECORD), i32.equal, ...branchIf(1)],
    ...[...get(PLACE), ...constantI32(8), i32.sub, ...load.f64(distances, SCRATCH), ...get(DISTANCE), f64.greater],
    ...[i32.isZero, ...branchIf(1)],
    ...[...get(PLACE), ...get(PLACE), ...constantI32(8), i32.sub, ...load.f64(distances, SCRATCH)],
    ...[...store.f64(distances, SCRATCH)],
    ...[...get(LAST_ROW), ...get(LAST_ROW), ...constantI32(4), i32.sub, ...load.i32(distances, SCRATCH)],
    ...[...store.i32(distances, SCRATCH), ...advance(PLACE, -8), ...advance(LAST_ROW, -4)],
    ...[...branch(0), END, END],
    ...[...get(PLACE), ...get(DISTANCE), ...store.f64(distances, SCRATCH)],
    ...[...get(LAST_ROW), ...get(ROW), ...store.i32(distances, SCRATCH)],
  ]
  return {
    name: 'search',
    parameters: [...ints(10), F64, F64],
    results: [],
    locals: [
      [10, I32],
      [1, F64],
      [3, V128],
    ],
    code: whileBelow(
      RECORD,
      RECORDS_END,
      [...get(RECORD), ...get(NEIGHBORS), ...constantI32(1), i32.sub, ...constantI32(3), i32.shiftLeft, i32.add],
      [...set(LAST)],
      [...get(BLOCKS), ...get(BLOCK_COUNT), ...get(RECORD), ...constantI32(rounded), i32.add],
      [...get(LAST), ...load.f64(distances, SCRATCH), f64.sqrt, ...get(REACH), f64.mul, ...get(SLACK), f64.add],
      [...tee(DISTANCE), ...get(DISTANCE), f64.mul, ...constantF64((1 + 2 ** -19) / 2), f64.mul],
      [...get(RECORD), ...load.f64(own, SCRATCH), f64.sub, demoteF64, ...get(FOUND), ...call(0)],
      [...constantI32(3), i32.shiftLeft, ...get(FOUND), ...tee(FOUND_AT), i32.add, ...set(FOUND_END)],
      whileBelow(
        FOUND_AT,
        FOUND_END,
        [...get(FOUND_AT), ...load.i32(4, SCRATCH), ...set(BITS)],
        [...BLOCK, ...LOOP],
        [...get(FIRST_ROW), ...get(FOUND_AT), ...load.i32(0, SCRATCH), ...constantI32(BLOCK_ROWS), i32.mul, i32.add],
        [...get(BITS), i32.trailingZeros, i32.add, ...tee(ROW), ...get(ROW_COUNT), i32.notLess, ...branchIf(1)],
        measure,
        [...get(DISTANCE), ...get(LAST), ...load.f64(distances, SCRATCH), f64.less, ...IF, ...insert, END],
        [...get(BITS), ...get(BITS), ...constantI32(1), i32.sub, i32.and, ...tee(BITS), ...branchIf(0), END, END],
        advance(FOUND_AT, 8),
      ),
      [...get(RECORD), ...get(RECORD_BYTES), i32.add, ...set(RECORD)],
    ),
  }
}
