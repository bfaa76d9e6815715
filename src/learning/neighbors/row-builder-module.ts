// The loops over all fitted rows that make an index of them, in WebAssembly: a fit is over before JavaScript would be
// compiled.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  type Code,
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
  SELECT,
  set,
  store,
  tee,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile } from '../wasm/web-assembly.ts'
import { BLOCK_ROWS } from './distance-filter-module.ts'

/** Memory 0, shared, holds rows and blocks; memory 1, `scratch`, is the module's own. Addresses, and sizes in bytes. */
export interface RowBuilderRoutines {
  /** The greatest |value − centre| of its column; the centres lie in scratch. */
  widest(rows: number, end: number, rowBytes: number, centres: number): number
  /**
   * Writes the blocks of a distance filter, of blockBytes each. isNorm1: 0 or 1. A row's first number is `part` of its
   * norm, |value| or value² summed; returns the greatest norm.
   */
  buildBlocks(
    rows: number,
    end: number,
    rowBytes: number,
    centres: number,
    blocks: number,
    blockBytes: number,
    isNorm1: number,
    scale: number,
    part: number,
  ): number
}

const SCRATCH = 1
const ints = (count: number): Code => new Array<number>(count).fill(I32)

/** Value − centre of the row at `row`, both moved on. */
const centred = (row: number, centre: number): Code => [
  ...[...get(row), ...load.f64(), ...get(centre), ...load.f64(0, SCRATCH), f64.sub],
  ...[...advance(row, 8), ...advance(centre, 8)],
]
/** Begins a row: its end and the first centre. */
const beginRow = (row: number, rowBytes: number, valueEnd: number, centres: number, centre: number): Code => [
  ...[...get(row), ...get(rowBytes), i32.add, ...set(valueEnd), ...get(centres), ...set(centre)],
]

const WIDEST = ((): Routine => {
  const [ROW, ROWS_END, ROW_BYTES, CENTRES, VALUE_END, CENTRE, FOUND] = [0, 1, 2, 3, 4, 5, 6]
  return {
    name: 'widest',
    parameters: ints(4),
    results: [F64],
    locals: [
      [2, I32],
      [1, F64],
    ],
    code: [
      ...whileBelow(
        ROW,
        ROWS_END,
        beginRow(ROW, ROW_BYTES, VALUE_END, CENTRES, CENTRE),
        whileBelow(ROW, VALUE_END, [...centred(ROW, CENTRE), f64.abs, ...get(FOUND), f64.max, ...set(FOUND)]),
      ),
      ...get(FOUND),
    ],
  }
})()

const BUILD_BLOCKS = ((): Routine => {
  const [ROW, ROWS_END, ROW_BYTES, CENTRES, BLOCK, BLOCK_BYTES, IS_NORM_1, SCALE, PART] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const [VALUE_END, CENTRE, PLACE, TO, VALUE, SUM, GREATEST] = [9, 10, 11, 12, 13, 14, 15]
  return {
    name: 'buildBlocks',
    parameters: [...ints(7), F64, F64],
    results: [F64],
    locals: [
      [4, I32],
      [3, F64],
    ],
    code: [
      ...whileBelow(
        ROW,
        ROWS_END,
        beginRow(ROW, ROW_BYTES, VALUE_END, CENTRES, CENTRE),
        [...get(BLOCK), ...get(PLACE), i32.add, ...set(TO), ...constantF64(0), ...set(SUM)],
        whileBelow(
          ROW,
          VALUE_END,
          [...advance(TO, 4 * BLOCK_ROWS), ...get(TO)],
          [...centred(ROW, CENTRE), ...get(SCALE), f64.mul, ...tee(VALUE), ...store.f32()],
          [...get(VALUE), f64.abs, ...get(VALUE), ...get(VALUE), f64.mul, ...get(IS_NORM_1), SELECT],
          [...get(SUM), f64.add, ...set(SUM)],
        ),
        [...get(GREATEST), ...get(SUM), f64.max, ...set(GREATEST)],
        [...get(BLOCK), ...get(PLACE), i32.add, ...get(SUM), ...get(PART), f64.mul, ...store.f32()],
        [...advance(PLACE, 4), ...get(PLACE), ...constantI32(4 * BLOCK_ROWS), i32.equal, ...IF],
        [...constantI32(0), ...set(PLACE), ...get(BLOCK), ...get(BLOCK_BYTES), i32.add, ...set(BLOCK), END],
      ),
      ...get(GREATEST),
    ],
  }
})()

/** Imports env.rows (shared) and exports `scratch` and RowBuilderRoutines. */
export const ROW_BUILDER_MODULE = compile(
  assembleModule({
    memory: { name: 'rows', isShared: true },
    ownMemory: 'scratch',
    routines: [WIDEST, BUILD_BLOCKS],
  }),
)
