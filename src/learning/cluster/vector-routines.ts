// Distances between vectors and sums of them in WebAssembly, in float64 and to the last bit.
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../wasm/values.ts'
import { F64x2, sumOfLanes } from '../wasm/vectors.ts'

/** See `measure` of VectorFunctions. */
export const measure = routine(
  'measure',
  { vectors: I32, end: I32, other: I32, out: I32, quadBytes: I32, restBytes: I32 },
  (w, { vectors: a, end, other, out, quadBytes, restBytes }) => {
    w.repeat(() => {
      const b = w.keep(other)
      const [sum01, sum23] = [w.keep(F64x2.of(0)), w.keep(F64x2.of(0))]
      const aEnd = w.keep(a.plus(quadBytes))
      w.each(a, aEnd, 32, () => {
        addSquares(w, sum01, a, b, 0)
        addSquares(w, sum23, a, b, 16)
        w.add(b, 32)
      })
      const squared = w.keep(sum01.lane(0))
      w.add(aEnd, restBytes)
      w.each(a, aEnd, 8, () => {
        const gap = w.keep(F64.load(a).minus(F64.load(b)))
        w.add(squared, gap.times(gap))
        w.add(b, 8)
      })
      w.store(out, squared.plus(sum01.lane(1)).plus(sumOfLanes(sum23)))
      w.add(out, 8)
      return a.differs(end)
    })
  },
)

/** sum += (two columns of a − two of b)², `offset` bytes on. */
function addSquares(w: RoutineWriter, sum: Local<F64x2>, a: Local<I32>, b: Local<I32>, offset: number): void {
  const gaps = w.keep(F64x2.load(a, offset).minus(F64x2.load(b, offset)))
  w.add(sum, gaps.times(gaps))
}

/**
 * Adds factor · row to float64 sums, and what rounding takes from them to the errors behind them (Knuth's two-sum). All
 * three are `bytes` long, a multiple of 16 above 0: an odd last column is followed by what lies behind the row.
 */
export const addRow = routine(
  'addRow',
  { row: I32, sums: I32, bytes: I32, factor: F64 },
  (w, { row, sums, bytes, factor }) => {
    const errors = w.keep(sums.plus(bytes))
    const rowEnd = w.keep(row.plus(bytes))
    const factors = w.keep(F64x2.splat(factor))
    w.each(row, rowEnd, 16, () => {
      const value = w.keep(F64x2.load(row).times(factors))
      const before = w.keep(F64x2.load(sums))
      const after = w.keep(value.plus(before))
      const added = w.keep(after.minus(before))
      w.store(sums, after)
      const lost = before.minus(after.minus(added)).plus(value.minus(added))
      w.store(errors, F64x2.load(errors).plus(lost))
      w.add(sums, 16)
      w.add(errors, 16)
    })
  },
)
