// Looks at one column of values as extra trees do: one threshold, drawn between the extremes of the node's rows.
import type { Routine } from '../../wasm/assemble-module.ts'
import { I32 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { float, int, loadI32 } from '../../wasm/values.ts'
import type { CriterionCode } from './criterion-code.ts'
import { loadCell, Thread } from './kernel-code.ts'
import { CELL_BYTES, type KernelShape } from './kernel-shape.ts'
import { separating } from './threshold-code.ts'

/**
 * lookAt(base, feature, start, n): counts the column as useful if it is not constant; keeps the split if it is the best.
 * Missing values go to a random side.
 */
export function lookAtValuesRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const { own, rowCount } = shape
  const w = new RoutineWriter('lookAt')
  const thread = new Thread(w, shape)
  const { base } = thread
  const feature = w.parameter(I32)
  const start = w.parameter(I32)
  const n = w.parameter(I32)
  const column = w.local(feature.times(rowCount * CELL_BYTES[shape.cellType]))
  const least = w.local(float(Number.POSITIVE_INFINITY).splat())
  const most = w.local(float(Number.NEGATIVE_INFINITY).splat())
  const odd = w.local(float(0).splat())
  const i = w.local(int(0))
  const from = w.local(thread.at4(start))
  const to = w.local(base)
  w.count(i, 0, n, () => {
    const value = w.local(loadCell(shape, column, loadI32(from, own.rows)))
    w.store(to, value, own.nodeCells)
    const both = w.local(value.splat())
    // Where the value is missing, no comparison holds, and the extremes stay.
    w.set(least, least.lower(both))
    w.set(most, most.higher(both))
    w.set(odd, odd.or(both.differs(both)))
    w.add(from, 4)
    w.add(to, 8)
  })
  w.store(to, float(Number.POSITIVE_INFINITY), own.nodeCells)
  const min = w.local(least.lane(0))
  const max = w.local(most.lane(0))
  const hasMissing = w.local(odd.lane(0).differs(0))
  // All missing, the lowest is above the highest.
  w.if(min.isAtLeast(max).and(hasMissing.isZero()).or(min.isAbove(max)), () => w.return())
  thread.setField('useful', thread.int('useful').plus(1))
  thread.setField('raised', int(0))
  if (shape.hasCategories) {
    w.if(loadI32(feature.shiftLeft(2), shape.shared.categoryCounts), () => {
      thread.setField('category', feature.plus(1))
      w.return()
    })
  }
  const u = w.local(thread.uniform())
  const drawn = w.local(min.times(float(1).minus(u)).plus(max.times(u)))
  const threshold = w.local(min)
  w.if(min.isBelow(max), () => w.set(threshold, separating(w, min, max, drawn)))
  const missingLeft = w.local(int(0))
  w.if(hasMissing, () => w.set(missingLeft, thread.drawBelow(int(2))))
  // One value and missing ones, all on the left, are no division.
  w.if(missingLeft.and(min.equals(max)), () => w.return())
  criterion.scoreThreshold(w, thread, n, threshold, missingLeft)
  w.if(thread.int('raised'), () => {
    thread.setField('threshold', threshold)
    thread.setField('feature', feature)
    thread.setField('hadMissing', hasMissing)
    thread.setField('bestMissingLeft', missingLeft)
    thread.setField('decrease', criterion.decrease(thread, thread.float('score')))
    if (shape.hasCategories) thread.setField('isCategorical', int(0))
  })
  return w.finish()
}

/** scan(base, n): looks at the one cut between the values 0 and 1 in nodeCells. */
export function scanSidesRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const w = new RoutineWriter('scan')
  const thread = new Thread(w, shape)
  const n = w.parameter(I32)
  criterion.scoreThreshold(w, thread, n, w.local(float(0)), w.local(int(0)))
  return w.finish()
}
