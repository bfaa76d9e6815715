// The two loops of a reduction to bidiagonal form in WebAssembly: each goes over one column.
import { assembleModule, type Routine } from '../wasm/assemble-module.ts'
import {
  advance,
  type Code,
  F64,
  f64,
  f64x2,
  get,
  I32,
  load,
  set,
  store,
  tee,
  V128,
  v128,
  whileBelow,
} from '../wasm/instructions.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses; a column ends a multiple of 16 bytes, above 0, behind its start. */
export interface BidiagonalRoutines {
  /** column −= pull · w; returns v · column. */
  pullColumn(column: number, end: number, w: number, v: number, pull: number): number
  /** column −= step · v; sum += weight · column. */
  reflectColumn(column: number, end: number, v: number, sum: number, step: number, weight: number): void
}

const PULL_COLUMN = ((): Routine => {
  const [COLUMN, END, W, V, PULL] = [0, 1, 2, 3, 4]
  const [SUM, VALUE, PULLS] = [5, 6, 7]
  return {
    name: 'pullColumn',
    parameters: [I32, I32, I32, I32, F64],
    results: [F64],
    locals: [[3, V128]],
    code: [
      ...[...get(PULL), ...f64x2.splat, ...set(PULLS), ...v128.zero, ...set(SUM)],
      ...whileBelow(
        COLUMN,
        END,
        [...get(COLUMN), ...get(COLUMN), ...load.v128(), ...get(W), ...load.v128(), ...get(PULLS), ...f64x2.mul],
        [...f64x2.sub, ...tee(VALUE), ...store.v128()],
        [...get(SUM), ...get(VALUE), ...get(V), ...load.v128(), ...f64x2.mul, ...f64x2.add, ...set(SUM)],
        ...[advance(COLUMN, 16), advance(W, 16), advance(V, 16)],
      ),
      ...[...get(SUM), ...f64x2.lane(0), ...get(SUM), ...f64x2.lane(1), f64.add],
    ],
  }
})()

const REFLECT_COLUMN = ((): Routine => {
  const [COLUMN, END, V, OUT, STEP, WEIGHT] = [0, 1, 2, 3, 4, 5]
  const [VALUE, STEPS, WEIGHTS] = [6, 7, 8]
  const splat = (from: number, to: number): Code => [...get(from), ...f64x2.splat, ...set(to)]
  return {
    name: 'reflectColumn',
    parameters: [I32, I32, I32, I32, F64, F64],
    results: [],
    locals: [[3, V128]],
    code: [
      ...[...splat(STEP, STEPS), ...splat(WEIGHT, WEIGHTS)],
      ...whileBelow(
        COLUMN,
        END,
        [...get(COLUMN), ...get(COLUMN), ...load.v128(), ...get(V), ...load.v128(), ...get(STEPS), ...f64x2.mul],
        [...f64x2.sub, ...tee(VALUE), ...store.v128()],
        [...get(OUT), ...get(OUT), ...load.v128(), ...get(VALUE), ...get(WEIGHTS), ...f64x2.mul, ...f64x2.add],
        store.v128(),
        ...[advance(COLUMN, 16), advance(V, 16), advance(OUT, 16)],
      ),
    ],
  }
})()

/** Imports env.memory and exports BidiagonalRoutines. */
export const BIDIAGONAL_MODULE = compile(
  assembleModule({ memory: { name: 'memory', isShared: false }, routines: [PULL_COLUMN, REFLECT_COLUMN] }),
)
