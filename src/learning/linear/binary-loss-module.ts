// The logistic loss of two classes and its gradient in WebAssembly: the hot loops of a binary fit, two rows at a time.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import { both, expOfNegatives } from '../wasm/exp-code.ts'
import {
  advance,
  type Code,
  f64,
  f64x2,
  get,
  I32,
  i32,
  load,
  set,
  store,
  tee,
  V128,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses; rows are pairs of float64, so what goes up to an end is a multiple of 16 bytes. */
export interface BinaryLossRoutines {
  /** Adds to the scores up to `end` four columns, `stride` bytes apart, times the four float64 at `coefficients`. */
  addColumns(scores: number, end: number, columns: number, stride: number, coefficients: number): void
  /**
   * Makes scores up to `end` residuals, σ(score) − code, the codes int32. Writes pairs of sums to `answer`: residuals,
   * max(score, 0) − code · score, and the product of 1 + e^−|score|, at most 2 a row.
   */
  toResiduals(scores: number, end: number, codes: number, answer: number): void
  /** Adds to the four float64 at `sums` the products of residuals up to `end` with four columns. */
  addProducts(residuals: number, end: number, columns: number, stride: number, sums: number): void
}

const [SCORES, ROWS_END, COLUMN, STRIDE, FOUR] = [0, 1, 2, 3, 4]
const four = [0, 1, 2, 3] as const
/** Locals 5 to 7 for the columns behind the first: like COLUMN they move on with the rows. */
const columnAt = (j: number): number => (j === 0 ? COLUMN : 4 + j)
const setColumns: Code = [1, 2, 3].flatMap((j) => [
  ...[...get(columnAt(j - 1)), ...get(STRIDE), i32.add, ...set(columnAt(j))],
])
const nextRows: Code = [SCORES, ...four.map(columnAt)].flatMap((local) => advance(local, 16))

const ADD_COLUMNS = ((): Routine => {
  const FACTOR = 8
  const product = (j: number): Code => [...[...get(FACTOR + j), ...get(columnAt(j)), ...load.v128(), ...f64x2.mul]]
  return {
    name: 'addColumns',
    parameters: [I32, I32, I32, I32, I32],
    results: [],
    locals: [
      [3, I32],
      [4, V128],
    ],
    code: [
      ...setColumns,
      ...four.flatMap((j) => [...get(FOUR), ...load.splatF64(8 * j), ...set(FACTOR + j)]),
      ...whileBelow(
        SCORES,
        ROWS_END,
        [...get(SCORES), ...get(SCORES), ...load.v128()],
        [...product(0), ...product(1), ...f64x2.add, ...f64x2.add],
        [...product(2), ...product(3), ...f64x2.add, ...f64x2.add, ...store.v128()],
        nextRows,
      ),
    ],
  }
})()

const TO_RESIDUALS = ((): Routine => {
  const [CODES, ANSWER, X, Y, K, R, E, LIKELIER, RESIDUALS, LINEAR, PRODUCT] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  const addTo = (sum: number, code: Code): Code => [...get(sum), ...code, ...f64x2.add, ...set(sum)]
  return {
    name: 'toResiduals',
    parameters: [I32, I32, I32, I32],
    results: [],
    locals: [[9, V128]],
    code: [
      ...[...both(1), ...set(PRODUCT)],
      ...whileBelow(
        SCORES,
        ROWS_END,
        [...get(SCORES), ...load.v128(), ...set(X), ...get(CODES), ...load.half(), ...f64x2.ofI32, ...set(Y)],
        [...get(X), ...f64x2.abs, ...f64x2.negate, ...expOfNegatives(K, R), ...set(E)],
        [...both(1), ...both(1), ...get(E), ...f64x2.add, ...tee(R), ...f64x2.div, ...set(LIKELIER)],
        [...get(PRODUCT), ...get(R), ...f64x2.mul, ...set(PRODUCT)],
        addTo(LINEAR, [...get(X), ...both(0), ...f64x2.max, ...get(Y), ...get(X), ...f64x2.mul, ...f64x2.sub]),
        [...get(LIKELIER), ...get(E), ...get(LIKELIER), ...f64x2.mul, ...get(X), ...both(0), ...f64x2.greater],
        [...v128.select, ...get(Y), ...f64x2.sub, ...set(R)],
        [...get(SCORES), ...get(R), ...store.v128(), ...addTo(RESIDUALS, get(R))],
        [...advance(SCORES, 16), ...advance(CODES, 8)],
      ),
      ...[RESIDUALS, LINEAR, PRODUCT].flatMap((sum, i) => [...get(ANSWER), ...get(sum), ...store.v128(16 * i)]),
    ],
  }
})()

const ADD_PRODUCTS = ((): Routine => {
  const [SUM, RESIDUAL] = [8, 12]
  return {
    name: 'addProducts',
    parameters: [I32, I32, I32, I32, I32],
    results: [],
    locals: [
      [3, I32],
      [5, V128],
    ],
    code: [
      ...setColumns,
      ...four.flatMap((j) => [...v128.zero, ...set(SUM + j)]),
      ...whileBelow(
        SCORES,
        ROWS_END,
        [...get(SCORES), ...load.v128(), ...set(RESIDUAL)],
        ...four.map((j) => [
          ...[...get(RESIDUAL), ...get(columnAt(j)), ...load.v128(), ...f64x2.mul],
          ...[...get(SUM + j), ...f64x2.add, ...set(SUM + j)],
        ]),
        nextRows,
      ),
      ...four.flatMap((j) => [
        ...[...get(FOUR), ...get(FOUR), ...load.f64(8 * j)],
        ...[
          ...get(SUM + j),
          ...f64x2.lane(0),
          ...get(SUM + j),
          ...f64x2.lane(1),
          f64.add,
          f64.add,
          ...store.f64(8 * j),
        ],
      ]),
    ],
  }
})()

/** Imports env.memory and exports BinaryLossRoutines. */
export const BINARY_LOSS_MODULE = compile(
  assembleModule({
    memory: { name: 'memory', isShared: false },
    routines: [ADD_COLUMNS, TO_RESIDUALS, ADD_PRODUCTS],
  }),
)
