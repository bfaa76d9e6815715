// What the sample of a logistic Hessian does row by row, in WebAssembly.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import { both, expOfNegatives } from '../wasm/exp-code.ts'
import {
  advance,
  type Code,
  constantF64,
  constantI32,
  END,
  F64,
  f64,
  f64x2,
  get,
  I32,
  IF,
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

/** Addresses, and sizes in bytes. */
export interface SampleRoutines {
  /**
   * Writes rows, `size` values each from `source` on, as rows of a block, each times its root: of the rows named by the
   * int32 from `from` to `end`, whose roots are the float64 from `roots` on.
   */
  gatherRows(
    from: number,
    end: number,
    roots: number,
    source: number,
    size: number,
    block: number,
    stride: number,
  ): void
  /** Writes the first rows of a block, up to `end` (8 bytes a row), one behind the other, rowBytes each. */
  scatterRows(block: number, end: number, stride: number, rows: number, rowBytes: number): void
  /**
   * Of rows whose probabilities p lie from `from` to `end`, step bytes apart, and whose float64 weights from `weights`
   * on:
   * lists those whose p (1 − p) is at least `least`, their place (int32) from `rows` and √(weight · p (1 − p)) from
   * `roots`
   * on, and returns how many. Writes Σ weight · p (1 − p) of all of them to `sum`.
   */
  selectRows(
    from: number,
    end: number,
    step: number,
    weights: number,
    rows: number,
    roots: number,
    sum: number,
    least: number,
  ): number
  /** Writes Σ row · point for each of the rows up to `end`, rowBytes each, from `scores` on, step bytes apart. */
  scoreRows(rows: number, end: number, rowBytes: number, point: number, scores: number, step: number): void
  /** Makes the scores up to `end`, a multiple of 16 bytes, 1 ÷ (1 + e^−score). */
  toProbabilities(scores: number, end: number): void
}

const GATHER_ROWS = ((): Routine => {
  const [FROM, ROWS_END, ROOTS, SOURCE, SIZE, BLOCK, STRIDE] = [0, 1, 2, 3, 4, 5, 6]
  const [AT, AT_END, TO, BYTES, ROOT] = [7, 8, 9, 10, 11]
  return {
    name: 'gatherRows',
    parameters: [I32, I32, I32, I32, I32, I32, I32],
    results: [],
    locals: [
      [4, I32],
      [1, F64],
    ],
    code: [
      ...[...get(SIZE), ...constantI32(3), i32.shiftLeft, ...set(BYTES)],
      ...whileBelow(
        FROM,
        ROWS_END,
        [...get(SOURCE), ...get(FROM), ...load.i32(), ...get(BYTES), i32.mul, i32.add, ...tee(AT)],
        [...get(BYTES), i32.add, ...set(AT_END), ...get(ROOTS), ...load.f64(), ...set(ROOT), ...get(BLOCK), ...set(TO)],
        whileBelow(
          AT,
          AT_END,
          [...get(TO), ...get(AT), ...load.f64(), ...get(ROOT), f64.mul, ...store.f64()],
          [...get(TO), ...get(STRIDE), i32.add, ...set(TO), ...advance(AT, 8)],
        ),
        ...[advance(FROM, 4), advance(ROOTS, 8), advance(BLOCK, 8)],
      ),
    ],
  }
})()

const SCATTER_ROWS = ((): Routine => {
  const [BLOCK, BLOCK_END, STRIDE, ROW, ROW_BYTES, FROM, ROW_END] = [0, 1, 2, 3, 4, 5, 6]
  return {
    name: 'scatterRows',
    parameters: [I32, I32, I32, I32, I32],
    results: [],
    locals: [[2, I32]],
    code: whileBelow(
      BLOCK,
      BLOCK_END,
      [...get(BLOCK), ...set(FROM), ...get(ROW), ...get(ROW_BYTES), i32.add, ...set(ROW_END)],
      whileBelow(
        ROW,
        ROW_END,
        [...get(ROW), ...get(FROM), ...load.f64(), ...store.f64(), ...advance(ROW, 8)],
        [...get(FROM), ...get(STRIDE), i32.add, ...set(FROM)],
      ),
      advance(BLOCK, 8),
    ),
  }
})()

const SELECT_ROWS = ((): Routine => {
  const [FROM, ROWS_END, STEP, WEIGHTS, ROWS, ROOTS, SUM_AT, LEAST] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [ROW, COUNT, P, CURVATURE, SUM] = [8, 9, 10, 11, 12]
  return {
    name: 'selectRows',
    parameters: [I32, I32, I32, I32, I32, I32, I32, F64],
    results: [I32],
    locals: [
      [2, I32],
      [3, F64],
    ],
    code: [
      ...whileBelow(
        FROM,
        ROWS_END,
        [...get(FROM), ...load.f64(), ...tee(P), ...constantF64(1), ...get(P), f64.sub, f64.mul, ...set(CURVATURE)],
        [...get(WEIGHTS), ...load.f64(), ...get(CURVATURE), f64.mul, ...tee(P), ...get(SUM), f64.add, ...set(SUM)],
        [...get(CURVATURE), ...get(LEAST), f64.less, i32.isZero, ...IF],
        [...get(ROWS), ...get(ROW), ...store.i32(), ...get(ROOTS), ...get(P), f64.sqrt, ...store.f64()],
        [...advance(ROWS, 4), ...advance(ROOTS, 8), ...advance(COUNT, 1), END],
        [...advance(ROW, 1), ...advance(WEIGHTS, 8), ...get(FROM), ...get(STEP), i32.add, ...set(FROM)],
      ),
      ...[...get(SUM_AT), ...get(SUM), ...store.f64(), ...get(COUNT)],
    ],
  }
})()

const SCORE_ROWS = ((): Routine => {
  const [ROW, ROWS_END, ROW_BYTES, POINT, SCORES, STEP, FROM, ROW_END, SCORE] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  return {
    name: 'scoreRows',
    parameters: [I32, I32, I32, I32, I32, I32],
    results: [],
    locals: [
      [2, I32],
      [1, F64],
    ],
    code: whileBelow(
      ROW,
      ROWS_END,
      [...get(POINT), ...set(FROM), ...get(ROW), ...get(ROW_BYTES), i32.add, ...set(ROW_END)],
      [...constantF64(0), ...set(SCORE)],
      whileBelow(
        ROW,
        ROW_END,
        [...get(ROW), ...load.f64(), ...get(FROM), ...load.f64(), f64.mul, ...get(SCORE), f64.add, ...set(SCORE)],
        [...advance(ROW, 8), ...advance(FROM, 8)],
      ),
      [...get(SCORES), ...get(SCORE), ...store.f64(), ...get(SCORES), ...get(STEP), i32.add, ...set(SCORES)],
    ),
  }
})()

const TO_PROBABILITIES = ((): Routine => {
  const [AT, SCORES_END, X, K, R, E] = [0, 1, 2, 3, 4, 5]
  const likelier: Code = [...both(1), ...both(1), ...get(E), ...f64x2.add, ...f64x2.div]
  return {
    name: 'toProbabilities',
    parameters: [I32, I32],
    results: [],
    locals: [[4, V128]],
    code: whileBelow(
      AT,
      SCORES_END,
      [...get(AT), ...load.v128(), ...tee(X), ...f64x2.abs, ...f64x2.negate, ...expOfNegatives(K, R), ...set(E)],
      [...get(AT), ...likelier, ...tee(R), ...get(R), ...get(E), ...f64x2.mul],
      [...get(X), ...both(0), ...f64x2.greater, ...v128.select, ...store.v128(), ...advance(AT, 16)],
    ),
  }
})()

/** Imports env.memory and exports SampleRoutines. */
export const SAMPLE_MODULE = compile(
  assembleModule({
    memory: { name: 'memory', isShared: false },
    routines: [GATHER_ROWS, SCATTER_ROWS, SELECT_ROWS, SCORE_ROWS, TO_PROBABILITIES],
  }),
)
