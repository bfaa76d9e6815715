// Looks at one column of ranks: fetches those of the node's rows, and has every cut between them looked at.
import type { Routine } from '../../wasm/assemble-module.ts'
import { I32 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { float, int, type Local, loadF64, loadI32, type Value } from '../../wasm/values.ts'
import type { CriterionCode } from './criterion-code.ts'
import { loadCell, Thread } from './kernel-code.ts'
import { CELL_BYTES, type KernelShape, Place, SET_BITS } from './kernel-shape.ts'
import { betweenValues } from './threshold-code.ts'

/**
 * lookAt(base, feature, start, n): counts the column as useful if it is not constant; keeps the split if it is the
 * best.
 */
export function lookAtRanksRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const { own, shared, rowCount } = shape
  const w = new RoutineWriter('lookAt')
  const thread = new Thread(w, shape)
  const { base } = thread
  const feature = w.parameter(I32)
  const start = w.parameter(I32)
  const n = w.parameter(I32)
  const column = w.local(feature.times(rowCount * CELL_BYTES[shape.cellType]))
  const min = w.local(int(0x7fffffff))
  const max = w.local(int(-1))
  const i = w.local(int(0))
  const from = w.local(thread.at4(start))
  const to = w.local(base)
  w.count(i, 0, n, () => {
    const rank = w.local(loadCell(shape, column, loadI32(from, own.rows)))
    w.store(to, rank, own.nodeCells)
    w.set(min, rank.where(rank.isBelow(min), min))
    w.set(max, rank.where(rank.isAbove(max), max))
    w.add(from, 4)
    w.add(to, 4)
  })
  w.if(min.equals(max), () => w.return())
  thread.setField('useful', thread.int('useful').plus(1))
  thread.setField('raised', int(0))
  thread.setField('missingLeft', int(0))
  if (shape.hasCategories) {
    w.if(loadI32(feature.shiftLeft(2), shared.categoryCounts), () => {
      thread.setField('category', feature.plus(1))
      w.return()
    })
  }
  const missing = w.local(loadI32(feature.shiftLeft(2), shared.missingCodes))
  const presentCount = w.local(n)
  w.if(max.equals(missing), () => {
    w.set(max, -1)
    w.count(i, 0, n, () => {
      const rank = w.local(loadI32(thread.at4(i), own.nodeCells))
      w.if(
        rank.equals(missing),
        () => w.add(presentCount, -1),
        () => w.set(max, rank.where(rank.isAbove(max), max)),
      )
    })
  })
  const hasMissing = w.local(presentCount.isBelow(n))
  w.if(
    hasMissing,
    () => {
      w.call(Place.sort, base, n, min, missing)
      w.call(Place.scanOrder, base, n, n)
      w.call(Place.scanOrder, base, n, presentCount)
    },
    () => w.call(Place.scan, base, n, min, max),
  )
  w.if(thread.int('raised'), () => {
    const valueAt = (rank: Value): Local =>
      w.local(loadF64(loadI32(feature.shiftLeft(2), shared.valueStarts).plus(rank).shiftLeft(3), shared.values))
    const threshold = w.local(float(Number.POSITIVE_INFINITY))
    w.if(thread.int('high').differs(missing), () => {
      w.set(threshold, betweenValues(w, valueAt(thread.int('low')), valueAt(thread.int('high'))))
    })
    thread.setField('threshold', threshold)
    thread.setField('feature', feature)
    thread.setField('hadMissing', hasMissing)
    thread.setField('bestMissingLeft', thread.int('missingLeft'))
    thread.setField('bestLow', thread.int('low'))
    thread.setField('decrease', criterion.decrease(thread, thread.float('score')))
    if (shape.hasCategories) thread.setField('isCategorical', int(0))
  })
  return w.finish()
}

/** scan(base, n, min, max): looks at every cut between the ranks in nodeCells, of which none is missing. */
export function scanRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const w = new RoutineWriter('scan')
  const thread = new Thread(w, shape)
  const { base } = thread
  const n = w.parameter(I32)
  const min = w.parameter(I32)
  const max = w.parameter(I32)
  const range = w.local(max.minus(min).plus(1))
  w.if(n.isAtMost(SET_BITS).and(range.isAtMost(SET_BITS)), () => {
    w.call(Place.scanSets, base, n, min)
    w.return()
  })
  w.if(criterion.histogramPays(thread, n, range), () => {
    w.call(Place.scanHistogram, base, n, min, max)
    w.return()
  })
  w.call(Place.sort, base, n, min, max)
  w.call(Place.scanOrder, base, n, n)
  return w.finish()
}
