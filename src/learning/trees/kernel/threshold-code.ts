// The number that stands between two values of a column; as threshold.ts has it.
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import type { Local, Value } from '../../wasm/values.ts'

/** The midpoint of a < b, or a where rounding brings it to b; as a float32 where that still separates them. */
export function betweenValues(w: RoutineWriter, a: Local, b: Local): Value {
  return separating(w, a, b, w.local(a.times(0.5).plus(b.times(0.5))))
}

/** t if a <= t < b, else a; as a float32 where that separates a and b as well. */
export function separating(w: RoutineWriter, a: Local, b: Local, t: Local): Value {
  const separates = (value: Value): Value => value.isAtLeast(a).and(value.isBelow(b))
  const exact = w.local(t.where(separates(t), a))
  const rounded = w.local(exact.rounded())
  return rounded.where(separates(rounded), exact)
}
