// The number that stands between two values of a column; as threshold.ts has it.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import type { F64, I32, Local } from '../../wasm/values.ts'

/** The midpoint of a < b, or a where rounding brings it to b; as a float32 where that still separates them. */
export function betweenValues(w: RoutineWriter, a: Local<F64>, b: Local<F64>): F64 {
  return separating(w, a, b, w.keep(a.times(0.5).plus(b.times(0.5))))
}

/** t if a <= t < b, else a; as a float32 where that separates a and b as well. */
export function separating(w: RoutineWriter, a: Local<F64>, b: Local<F64>, t: Local<F64>): F64 {
  const separates = (value: Local<F64>): I32 => value.isAtLeast(a).and(value.isBelow(b))
  const exact = w.keep(t.where(separates(t), a))
  const rounded = w.keep(exact.rounded())
  return rounded.where(separates(rounded), exact)
}
