// Where a cut is better than the best so far, it takes its place.
import { routine } from '../../wasm/routine.ts'
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { F64, I32, type Local } from '../../wasm/values.ts'
import type { CriterionCode } from './criterion-code.ts'
import { Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'

/** 1 where both sides have as many rows as the rules ask for; null where any number of rows will do. */
export function hasRows(w: RoutineWriter, shape: KernelShape, leftCount: I32, n: Local<I32>): I32 | null {
  const { leafRowCountMin } = shape.rules
  if (leafRowCountMin === 1) return null
  const count = w.keep(leftCount)
  return count.isAtLeast(leafRowCountMin).and(n.minus(count).isAtLeast(leafRowCountMin))
}

export function hasWeight(weightMin: Local<F64>, weight: Local<F64>, right: Local<F64>): I32 {
  return weight.isAtLeast(weightMin).and(right.isAtLeast(weightMin))
}

/** For the one cut of a column: sets the score and `raised`. */
export function raiseAtThreshold(
  w: RoutineWriter,
  thread: Thread,
  shape: KernelShape,
  score: Local<F64>,
  weight: Local<F64>,
  right: Local<F64>,
  leftCount: I32,
  n: Local<I32>,
): void {
  const weightMin = w.keep(thread.get('weightMin'))
  const isBetter = score.isAbove(thread.get('score').plus(thread.get('tolerance')))
  const isLarge = hasRows(w, shape, leftCount, n)
  const isValid = isBetter.and(hasWeight(weightMin, weight, right))
  w.if(isLarge === null ? isValid : isValid.and(isLarge), () => {
    thread.set('score', score)
    thread.set('raised', I32.of(1))
  })
}

/** decrease(base): that of the best score. */
export function decreaseRoutine(shape: KernelShape, criterion: CriterionCode) {
  return routine('decrease', { base: I32 }, F64, (w, { base }) => {
    const thread = new Thread(w, base, shape)
    return criterion.decrease(thread, thread.get('score'))
  })
}
