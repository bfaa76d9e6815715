// The walk through boosted trees in WebAssembly, eight rows at a time: while one waits for its next node, the others step.
import { assembleModule } from '../wasm/assemble-module.ts'
import {
  advance,
  BLOCK,
  branch,
  branchIf,
  type Code,
  constantI32,
  END,
  F64,
  f64,
  get,
  I32,
  i32,
  LOOP,
  load,
  set,
  store,
  tee,
  whileBelow,
} from '../wasm/instructions.ts'

/** Rows that go down a tree together. */
export const ROWS_TOGETHER = 8
/**
 * A node: its threshold (float64), the address of its right child (int32; the left one lies behind it), and 8 · its
 * column,
 * plus 1 where missing values go left (int32). A leaf is its own right child, and its threshold is NaN: nothing goes
 * left.
 */
export const NODE_BYTES = 16
/** A tree: the address of its root, the steps to its deepest leaf, and 8 · its output (int32 each). */
export const TREE_BYTES = 12

export interface WalkRoutine {
  /**
   * Adds the values of the trees from byte `trees` to `end` to raw outputs, `outputBytes` a row. Rows lie row-major from
   * `rows` to `rowsEnd`, a multiple of 8 of them. Nodes lie from byte 0 on, the value of each (float64) from `values` on.
   */
  addTrees(
    trees: number,
    end: number,
    rows: number,
    rowsEnd: number,
    raw: number,
    outputBytes: number,
    values: number,
  ): void
}

/** The bytes of a module for rows of `columnCount` columns; it imports env.memory. */
export function assembleWalk(columnCount: number): Uint8Array<ArrayBuffer> {
  const [TREE, TREES_END, ROWS, ROWS_END, RAW, OUTPUT_BYTES, VALUES] = [0, 1, 2, 3, 4, 5, 6]
  const [ROW, TO, DEPTH, WORD, NODE, X, THRESHOLD] = [7, 8, 9, 10, 11, 19, 20]
  const eight = [...Array(ROWS_TOGETHER).keys()]
  const rowBytes = 8 * columnCount
  const step = (k: number): Code => [
    ...[...get(ROW), ...get(NODE + k), ...load.i32(12), ...tee(WORD), ...constantI32(-8), i32.and, i32.add],
    ...[...load.f64(rowBytes * k), ...tee(X), ...get(NODE + k), ...load.f64(), ...tee(THRESHOLD), f64.atMost],
    // A missing value is neither at most the threshold nor above it.
    ...[...get(WORD), ...get(X), ...get(THRESHOLD), f64.greater, i32.isZero, i32.and, i32.or],
    ...[...constantI32(4), i32.shiftLeft, ...get(NODE + k), ...load.i32(8), i32.add, ...set(NODE + k)],
  ]
  const code = whileBelow(
    TREE,
    TREES_END,
    [...get(ROWS), ...set(ROW), ...get(RAW), ...get(TREE), ...load.i32(8), i32.add, ...set(TO)],
    whileBelow(
      ROW,
      ROWS_END,
      [...get(TREE), ...load.i32(), ...set(NODE)],
      eight.slice(1).flatMap((k) => [...get(NODE), ...set(NODE + k)]),
      [...get(TREE), ...load.i32(4), ...set(DEPTH)],
      [...BLOCK, ...LOOP, ...get(DEPTH), i32.isZero, ...branchIf(1)],
      ...eight.map(step),
      [...advance(DEPTH, -1), ...branch(0), END, END],
      ...eight.map((k) => [
        ...[...get(TO), ...get(TO), ...load.f64()],
        ...[...get(VALUES), ...get(NODE + k), ...constantI32(1), i32.shiftRight, i32.add, ...load.f64()],
        ...[f64.add, ...store.f64(), ...get(TO), ...get(OUTPUT_BYTES), i32.add, ...set(TO)],
      ]),
      advance(ROW, ROWS_TOGETHER * rowBytes),
    ),
    advance(TREE, TREE_BYTES),
  )
  const routine = {
    name: 'addTrees',
    parameters: new Array<number>(7).fill(I32),
    results: [],
    locals: [
      [12, I32],
      [2, F64],
    ] as const,
    code,
  }
  return assembleModule({ memory: { name: 'memory', isShared: false }, routines: [routine] })
}
