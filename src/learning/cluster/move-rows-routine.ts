// Rows that change their cluster, in WebAssembly.
import type { Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  BLOCK,
  branchIf,
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
import { NO_LABEL, UNDECIDED } from './row-routines.ts'

/** addRow: that routine's place in the module. */
export function moveRows(addRow: number): Routine {
  const [CHANGE, CHANGES_END, ROW_COUNT, LABELS, ROWS, ROW_BYTES, MOVES, SUMS, SUMS_BYTES] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const [COUNTS, WEIGHT_SUMS, WEIGHTS, WEIGHT_BYTES] = [9, 10, 11, 12]
  const [UNDECIDEDS, I, LABEL_AT, LABEL, FORMER, ANY, PAIR] = [13, 14, 15, 16, 17, 18, 19]
  const [WEIGHT, BEFORE, AFTER, ADDED] = [20, 21, 22, 23]
  /** Adds the row, times WEIGHT, to the sums of a cluster, which keep what rounding takes from them. */
  const addTo = (cluster: number, one: number): Code => [
    ...[...get(ROWS), ...get(I), ...get(ROW_BYTES), i32.mul, i32.add],
    ...[...get(SUMS), ...get(cluster), ...get(SUMS_BYTES), i32.mul, i32.add],
    ...[...get(SUMS_BYTES), ...constantI32(1), i32.shiftRight, ...get(WEIGHT), ...call(addRow)],
    ...[...get(COUNTS), ...get(cluster), ...constantI32(2), i32.shiftLeft, i32.add, ...tee(PAIR)],
    ...[...get(PAIR), ...load.i32(), ...constantI32(one), i32.add, ...store.i32()],
    ...[...get(WEIGHT_SUMS), ...get(cluster), ...constantI32(4), i32.shiftLeft, i32.add, ...tee(PAIR)],
    ...[...get(PAIR), ...load.f64(), ...tee(BEFORE), ...get(WEIGHT), f64.add, ...tee(AFTER), ...store.f64()],
    ...[...get(AFTER), ...get(BEFORE), f64.sub, ...set(ADDED)],
    ...[...get(PAIR), ...get(PAIR), ...load.f64(8)],
    ...[...get(BEFORE), ...get(AFTER), ...get(ADDED), f64.sub, f64.sub],
    ...[...get(WEIGHT), ...get(ADDED), f64.sub, f64.add, f64.add, ...store.f64(8)],
  ]
  return {
    name: 'moveRows',
    parameters: new Array<number>(13).fill(I32),
    results: [I32],
    locals: [
      [7, I32],
      [4, F64],
    ],
    code: [
      ...[...get(CHANGE), ...set(UNDECIDEDS)],
      ...whileBelow(
        CHANGE,
        CHANGES_END,
        [
          ...get(CHANGE),
          ...load.i32(),
          ...set(I),
          ...get(CHANGE),
          ...load.i32(4),
          ...set(FORMER),
          ...advance(CHANGE, 8),
        ],
        // Rows that only fill up the last tile.
        [...BLOCK, ...get(I), ...get(ROW_COUNT), i32.notLess, ...branchIf(0)],
        [...get(LABELS), ...get(I), ...constantI32(2), i32.shiftLeft, i32.add, ...tee(LABEL_AT)],
        [...load.i32(), ...tee(LABEL), ...constantI32(UNDECIDED), i32.equal, ...IF],
        [...get(LABEL_AT), ...get(FORMER), ...store.i32(), ...get(UNDECIDEDS), ...get(I), ...store.i32()],
        [...advance(UNDECIDEDS, 4), END],
        [...get(LABEL), ...constantI32(UNDECIDED), i32.equal, ...branchIf(0)],
        [...constantI32(1), ...set(ANY), ...get(MOVES), i32.isZero, ...branchIf(0)],
        [...get(WEIGHTS), ...get(I), ...get(WEIGHT_BYTES), i32.mul, i32.add, ...load.f64(), ...set(WEIGHT)],
        addTo(LABEL, 1),
        [...get(FORMER), ...constantI32(NO_LABEL), i32.equal, ...branchIf(0)],
        [...constantF64(0), ...get(WEIGHT), f64.sub, ...set(WEIGHT)],
        [...addTo(FORMER, -1), END],
      ),
      ...[...get(UNDECIDEDS), ...get(ANY), i32.add],
    ],
  }
}
