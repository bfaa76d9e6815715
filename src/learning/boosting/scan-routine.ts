// The scan of a numeric column's bins in WebAssembly, for the common case; scan-numbers.ts does the others, and is its twin.
import type { Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  BLOCK,
  branchIf,
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
  whileBelow,
} from '../wasm/instructions.ts'
import type { KernelShape } from './kernel-shape.ts'
import { HESSIAN_MIN } from './split-candidate.ts'

/** See `scan` of BoostingKernel. Left and right go side by side: one division does for both. */
export function scanRoutine({ form }: Pick<KernelShape, 'form'>): Routine {
  const [SUMS, SUMS_END, COUNTS, ANSWER, COUNT, LEAST, GRADIENT, HESSIAN, L2, NODE_LOSS, BEST_GAIN] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]
  const [LEFT_COUNT, BIN_COUNT, FIRST, BEST, GAIN] = [11, 12, 13, 14, 15]
  const [NODE, LEFT, RIGHT, GRADIENTS, PRODUCTS, PAIR, EPSILONS, L2S] = [16, 17, 18, 19, 20, 21, 22, 23]
  /** Counts are float64 where they are sums of hessians of 1: exact, and so compared alike. */
  const countOfBin: Code =
    form === 'pairs' ? [...get(PAIR), ...f64x2.lane(1), f64.toI32] : [...get(COUNTS), ...load.i32()]
  return {
    name: 'scan',
    parameters: [I32, I32, I32, I32, I32, I32, F64, F64, F64, F64, F64],
    results: [I32],
    locals: [
      [4, I32],
      [1, F64],
      [8, V128],
    ],
    code: [
      ...[...get(GRADIENT), ...f64x2.splat, ...get(HESSIAN), ...f64x2.replaceLane(1), ...set(NODE)],
      ...[...get(L2), ...f64x2.splat, ...set(L2S), ...constantF64(1e-15), ...f64x2.splat, ...set(EPSILONS)],
      ...[...get(SUMS), ...set(FIRST), ...constantI32(-1), ...set(BEST)],
      ...BLOCK, // to leave when the right child is too small
      ...whileBelow(
        SUMS,
        SUMS_END,
        BLOCK, // to leave for the next bin
        [...get(SUMS), ...load.v128(), ...set(PAIR), ...countOfBin, ...tee(BIN_COUNT), i32.isZero, ...branchIf(0)],
        [...get(LEFT), ...get(PAIR), ...f64x2.add, ...set(LEFT)],
        [...get(LEFT_COUNT), ...get(BIN_COUNT), i32.add, ...tee(LEFT_COUNT), ...get(LEAST), i32.less, ...branchIf(0)],
        [...get(LEFT), ...f64x2.lane(1), ...constantF64(HESSIAN_MIN), f64.less, ...branchIf(0)],
        [...get(COUNT), ...get(LEFT_COUNT), i32.sub, ...get(LEAST), i32.less, ...branchIf(3)],
        [...get(NODE), ...get(LEFT), ...f64x2.sub, ...tee(RIGHT), ...f64x2.lane(1), ...constantF64(HESSIAN_MIN)],
        [f64.less, ...branchIf(3)],
        [...get(LEFT), ...get(RIGHT), ...f64x2.firsts, ...tee(GRADIENTS)],
        // gradient · −gradient ÷ (hessian + l2 + 1e-15)
        [...get(GRADIENTS), ...f64x2.negate, ...get(LEFT), ...get(RIGHT), ...f64x2.seconds, ...get(L2S), ...f64x2.add],
        [...get(EPSILONS), ...f64x2.add, ...f64x2.div, ...f64x2.mul, ...set(PRODUCTS)],
        [...get(NODE_LOSS), ...get(PRODUCTS), ...f64x2.lane(0), f64.sub, ...get(PRODUCTS), ...f64x2.lane(1), f64.sub],
        [...tee(GAIN), ...get(BEST_GAIN), f64.greater, ...IF],
        [...get(GAIN), ...set(BEST_GAIN), ...get(SUMS), ...get(FIRST), i32.sub, ...constantI32(4), i32.shiftRight],
        [...set(BEST), ...get(ANSWER), ...get(GAIN), ...store.f64(), ...get(ANSWER), ...get(LEFT), ...store.v128(16)],
        [...get(ANSWER), ...get(LEFT_COUNT), ...store.i32(8), END],
        [END],
        ...[advance(SUMS, 16), advance(COUNTS, 4)],
      ),
      ...[END, ...get(BEST)],
    ],
  }
}
