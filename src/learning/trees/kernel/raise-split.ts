// Where a cut is better than the best so far, it takes its place.
import type { Routine } from '../../wasm/assemble-module.ts'
import { F64 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { int, type Local, type Value } from '../../wasm/values.ts'
import type { CriterionCode } from './criterion-code.ts'
import { Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'

/** 1 where both sides have as many rows as the rules ask for, in numbers of any one type. */
export function hasRows(shape: KernelShape, leftCount: Value, n: Value): Value | null {
  const { leafRowCountMin } = shape.rules
  if (leafRowCountMin === 1) return null
  return leftCount.isAtLeast(leafRowCountMin).and(n.minus(leftCount).isAtLeast(leafRowCountMin))
}

export function hasWeight(weightMin: Local, weight: Value, right: Value): Value {
  return weight.isAtLeast(weightMin).and(right.isAtLeast(weightMin))
}

/** For the one cut of a column: sets the score and `raised`. */
export function raiseAtThreshold(
  w: RoutineWriter,
  thread: Thread,
  shape: KernelShape,
  score: Local,
  weight: Local,
  right: Local,
  leftCount: Value,
  n: Value,
): void {
  const weightMin = w.local(thread.float('weightMin'))
  const isBetter = score.isAbove(thread.float('score').plus(thread.float('tolerance')))
  const isLarge = hasRows(shape, leftCount, n)
  const isValid = isBetter.and(hasWeight(weightMin, weight, right))
  w.if(isLarge === null ? isValid : isValid.and(isLarge), () => {
    thread.setField('score', score)
    thread.setField('raised', int(1))
  })
}

/** decrease(base): that of the best score. */
export function decreaseRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const w = new RoutineWriter('decrease', [F64])
  const thread = new Thread(w, shape)
  w.return(criterion.decrease(thread, thread.float('score')))
  return w.finish()
}
