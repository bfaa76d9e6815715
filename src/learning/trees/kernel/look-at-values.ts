// Looks at one column of values as extra trees do: one threshold, drawn between the extremes of the node's rows.
import { type Routine, routine } from '../../wasm/routine.ts'
import { F64, I32 } from '../../wasm/values.ts'
import { F64x2, I64x2 } from '../../wasm/vectors.ts'
import type { CriterionCode } from './criterion-code.ts'
import { columnAddress, drawBelow, type RandomRoutine, Thread, valueAt } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import { separating } from './threshold-code.ts'

/** lookAt(base, feature, start, n): looks at a column for a better split of the n rows from `start`. */
export type LookAtRoutine = Routine<
  { readonly base: typeof I32; readonly feature: typeof I32; readonly start: typeof I32; readonly n: typeof I32 },
  undefined
>

/**
 * lookAt(base, feature, start, n): counts the column as useful if it is not constant; keeps the split if it is the best.
 * Missing values go to a random side.
 */
export function lookAtValuesRoutine(
  shape: KernelShape,
  criterion: CriterionCode,
  random: RandomRoutine,
): LookAtRoutine {
  const { own } = shape
  return routine('lookAt', { base: I32, feature: I32, start: I32, n: I32 }, (w, { base, feature, start, n }) => {
    const thread = new Thread(w, base, shape)
    const column = w.keep(columnAddress(shape, feature))
    const least = w.keep(F64x2.of(Number.POSITIVE_INFINITY))
    const most = w.keep(F64x2.of(Number.NEGATIVE_INFINITY))
    const odd = w.keep(I64x2.of(0))
    const i = w.keep(I32.of(0))
    const from = w.keep(own.rows.at(start, base))
    const to = w.keep(base)
    w.count(i, 0, n, () => {
      const value = w.keep(valueAt(shape, column, own.rows.load(from)))
      own.nodeValues.store(w, to, value)
      const both = w.keep(F64x2.splat(value))
      // Where the value is missing, no comparison holds, and the extremes stay.
      w.set(least, least.lower(both))
      w.set(most, most.higher(both))
      w.set(odd, odd.or(both.differs(both)))
      w.add(from, 4)
      w.add(to, 8)
    })
    own.nodeValues.store(w, to, F64.of(Number.POSITIVE_INFINITY))
    const min = w.keep(least.lane(0))
    const max = w.keep(most.lane(0))
    const hasMissing = w.keep(odd.isAnySet())
    // All missing, the lowest is above the highest.
    w.if(min.isAtLeast(max).and(hasMissing.isZero()).or(min.isAbove(max)), () => w.return())
    thread.set('useful', thread.get('useful').plus(1))
    thread.set('raised', I32.of(0))
    if (shape.hasCategories) {
      w.if(shape.shared.categoryCounts.get(feature), () => {
        thread.set('category', feature.plus(1))
        w.return()
      })
    }
    const u = w.keep(
      random
        .of({ base })
        .asUnsignedF64()
        .times(2 ** -32),
    )
    const drawn = w.keep(min.times(F64.of(1).minus(u)).plus(max.times(u)))
    const threshold = w.keep(min)
    w.if(min.isBelow(max), () => w.set(threshold, separating(w, min, max, drawn)))
    const missingLeft = w.keep(I32.of(0))
    w.if(hasMissing, () => w.set(missingLeft, drawBelow(random, base, I32.of(2))))
    // One value and missing ones, all on the left, are no division.
    w.if(missingLeft.and(min.equals(max)), () => w.return())
    criterion.scoreThreshold(w, thread, n, threshold, missingLeft)
    w.if(thread.get('raised'), () => {
      thread.set('threshold', threshold)
      thread.set('feature', feature)
      thread.set('hadMissing', hasMissing)
      thread.set('bestMissingLeft', missingLeft)
      thread.set('decrease', criterion.decrease(thread, thread.get('score')))
      if (shape.hasCategories) thread.set('isCategorical', I32.of(0))
    })
  })
}

/** scan(base, n): looks at the one cut between the values 0 and 1 in nodeValues. */
export function scanSidesRoutine(shape: KernelShape, criterion: CriterionCode) {
  return routine('scan', { base: I32, n: I32 }, (w, { base, n }) => {
    const thread = new Thread(w, base, shape)
    criterion.scoreThreshold(w, thread, n, w.keep(F64.of(0)), w.keep(I32.of(0)))
  })
}
