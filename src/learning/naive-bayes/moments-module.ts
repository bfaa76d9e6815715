// The loops of Gaussian naive Bayes over rows, in WebAssembly: they run at full speed from the first row on, where
// JavaScript is interpreted until most rows are done.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  type Code,
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
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile } from '../wasm/web-assembly.ts'

/**
 * Of the rows whose float64 lie from byte `from` to `end`, their classes (int32) from `codes` on and their weights
 * (float64) from `rowWeights` on. Values are multiplied by `scale`; a row whose value is missing is passed over.
 */
export interface MomentRoutines {
  /** Adds weight and weight · value to the class's two float64 in `pairs`. */
  addValues(from: number, end: number, codes: number, rowWeights: number, scale: number, pairs: number): void
  /**
   * With off = value − the class's float64 in `origins`, adds the weight to that in `weights`, weight · off and
   * weight · off² to the class's pair. Returns the greatest |value|, or 0.
   */
  addSquares(
    from: number,
    end: number,
    codes: number,
    rowWeights: number,
    scale: number,
    pairs: number,
    origins: number,
    weights: number,
  ): number
}

const [FROM, ROWS_END, CODES, ROW_WEIGHTS, SCALE, PAIRS] = [0, 1, 2, 3, 4, 5]

/** Does `code` for each row that has a value, which stands in the local `value`. */
const eachValue = (value: number, ...code: readonly Code[]): Code =>
  whileBelow(
    FROM,
    ROWS_END,
    [...get(FROM), ...load.f64(), ...get(SCALE), f64.mul, ...tee(value), ...get(value), f64.equal],
    [...IF, ...code.flat(), END],
    ...[advance(FROM, 8), advance(CODES, 4), advance(ROW_WEIGHTS, 8)],
  )
/** The address of the class's number among those at `base`, of 2^shift bytes each. */
const placeOfClass = (base: number, shift: number): Code => [
  ...[...get(CODES), ...load.i32(), ...constantI32(shift), i32.shiftLeft, ...get(base), i32.add],
]
/** The pair's address, set before, + weight · the vector that `vector` leaves. */
const addToPair = (address: number, vector: Code): Code => [
  ...[...get(address), ...get(address), ...load.v128()],
  ...[...get(ROW_WEIGHTS), ...load.splatF64(), ...vector, ...f64x2.mul, ...f64x2.add, ...store.v128()],
]
const setPair = (address: number): Code => [...placeOfClass(PAIRS, 4), ...set(address)]

const ADD_VALUES = ((): Routine => {
  const [PAIR, VALUE] = [6, 7]
  return {
    name: 'addValues',
    parameters: [I32, I32, I32, I32, F64, I32],
    results: [],
    locals: [
      [1, I32],
      [1, F64],
    ],
    code: eachValue(
      VALUE,
      setPair(PAIR),
      addToPair(PAIR, [...v128.constantF64(1, 0), ...get(VALUE), ...f64x2.replaceLane(1)]),
    ),
  }
})()

const ADD_SQUARES = ((): Routine => {
  const [ORIGINS, WEIGHTS, PLACE, VALUE, GREATEST, OFF] = [6, 7, 8, 9, 10, 11]
  return {
    name: 'addSquares',
    parameters: [I32, I32, I32, I32, F64, I32, I32, I32],
    results: [F64],
    locals: [
      [1, I32],
      [3, F64],
    ],
    code: [
      ...eachValue(
        VALUE,
        [...get(GREATEST), ...get(VALUE), f64.abs, f64.max, ...set(GREATEST)],
        [...get(VALUE), ...placeOfClass(ORIGINS, 3), ...load.f64(), f64.sub, ...set(OFF)],
        [...placeOfClass(WEIGHTS, 3), ...tee(PLACE), ...get(PLACE), ...load.f64()],
        [...get(ROW_WEIGHTS), ...load.f64(), f64.add, ...store.f64()],
        [...setPair(PLACE)],
        addToPair(PLACE, [
          ...[...get(OFF), ...f64x2.splat],
          ...[...v128.constantF64(1, 0), ...get(OFF), ...f64x2.replaceLane(1), ...f64x2.mul],
        ]),
      ),
      ...get(GREATEST),
    ],
  }
})()

/** Imports env.memory and exports MomentRoutines. */
export const MOMENTS_MODULE = compile(
  assembleModule({ memory: { name: 'memory', isShared: false }, routines: [ADD_VALUES, ADD_SQUARES] }),
)
