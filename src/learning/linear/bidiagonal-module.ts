// The two loops of a reduction to bidiagonal form in WebAssembly: each goes over one column.
import { assembleModule } from '../wasm/assemble-module.ts'
import { routine } from '../wasm/routine.ts'
import { F64, I32 } from '../wasm/values.ts'
import { F64x2, sumOfLanes } from '../wasm/vectors.ts'
import { compile } from '../wasm/web-assembly.ts'

/** Addresses; a column ends a multiple of 16 bytes, above 0, behind its start. */
export interface BidiagonalRoutines {
  /** column −= pull · w; returns v · column. */
  pullColumn(column: number, end: number, w: number, v: number, pull: number): number
  /** column −= step · v; sum += weight · column. */
  reflectColumn(column: number, end: number, v: number, sum: number, step: number, weight: number): void
}

const pullColumn = routine(
  'pullColumn',
  { column: I32, end: I32, pulled: I32, v: I32, pull: F64 },
  F64,
  (w, { column, end, pulled, v, pull }) => {
    const pulls = w.keep(F64x2.splat(pull))
    const sum = w.declare(F64x2)
    w.each(column, end, 16, () => {
      const value = w.keep(F64x2.load(column).minus(F64x2.load(pulled).times(pulls)))
      w.store(column, value)
      w.add(sum, value.times(F64x2.load(v)))
      w.add(pulled, 16)
      w.add(v, 16)
    })
    return sumOfLanes(sum)
  },
)

const reflectColumn = routine(
  'reflectColumn',
  { column: I32, end: I32, v: I32, sum: I32, step: F64, weight: F64 },
  (w, { column, end, v, sum, step, weight }) => {
    const steps = w.keep(F64x2.splat(step))
    const weights = w.keep(F64x2.splat(weight))
    w.each(column, end, 16, () => {
      const value = w.keep(F64x2.load(column).minus(F64x2.load(v).times(steps)))
      w.store(column, value)
      w.store(sum, F64x2.load(sum).plus(value.times(weights)))
      w.add(v, 16)
      w.add(sum, 16)
    })
  },
)

/** Imports env.memory and exports BidiagonalRoutines. */
export const BIDIAGONAL_MODULE = compile(
  assembleModule({ memory: { name: 'memory', isShared: false }, routines: [pullColumn, reflectColumn] }),
)
