// The loops of Gaussian naive Bayes over rows, in WebAssembly: they run at full speed from the first row on, where
// JavaScript is interpreted until most rows are done, and warm takes twice as long.
import { assembleModule } from '../wasm/assemble-module.ts'
import { type LocalsOf, routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { F64x2 } from '../wasm/vectors.ts'
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

const ROWS = { from: I32, end: I32, codes: I32, rowWeights: I32, scale: F64, pairs: I32 } as const
type Rows = LocalsOf<typeof ROWS>

/** The body is for each row that has a value. */
function eachValue(w: RoutineWriter, rows: Rows, body: (value: Local<F64>) => void): void {
  const { from, end, codes, rowWeights, scale } = rows
  w.each(from, end, 8, () => {
    const value = w.keep(F64.load(from).times(scale))
    w.if(value.equals(value), () => body(value))
    w.add(codes, 4)
    w.add(rowWeights, 8)
  })
}

/** Adds weight · pair to the pair of the row's class. */
function addToPair(w: RoutineWriter, { codes, rowWeights, pairs }: Rows, pair: F64x2): void {
  const at = w.keep(I32.load(codes).shiftLeft(4).plus(pairs))
  w.store(at, F64x2.load(at).plus(F64x2.loadSplat(rowWeights).times(pair)))
}

const addValues = routine('addValues', ROWS, (w, rows) => {
  eachValue(w, rows, (value) => addToPair(w, rows, F64x2.of(1, 0).withLane(1, value)))
})

const addSquares = routine('addSquares', { ...ROWS, origins: I32, weights: I32 }, F64, (w, rows) => {
  const { codes, rowWeights, origins, weights } = rows
  const greatest = w.declare(F64)
  const ofClass = (array: Local<I32>): I32 => I32.load(codes).shiftLeft(3).plus(array)
  eachValue(w, rows, (value) => {
    w.set(greatest, greatest.max(value.abs()))
    const off = w.keep(value.minus(F64.load(ofClass(origins))))
    const weight = w.keep(ofClass(weights))
    w.store(weight, F64.load(weight).plus(F64.load(rowWeights)))
    addToPair(w, rows, F64x2.splat(off).times(F64x2.of(1, 0).withLane(1, off)))
  })
  return greatest
})

/** Imports env.memory and exports MomentRoutines. */
export const MOMENTS_MODULE = compile(
  assembleModule({ memory: { name: 'memory', isShared: false }, routines: [addValues, addSquares] }),
)
