// Looks at one column of ranks: fetches those of the node's rows, and has every cut between them looked at.
import { routine } from '../../wasm/routine.ts'
import { F64, I32, type Local } from '../../wasm/values.ts'
import type { CriterionCode } from './criterion-code.ts'
import { columnAddress, rankAt, Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import type { LookAtRoutine } from './look-at-values.ts'
import type { ScanRoutines } from './scan-code.ts'
import { betweenValues } from './threshold-code.ts'

/**
 * lookAt(base, feature, start, n): counts the column as useful if it is not constant; keeps the split if it is the
 * best.
 */
export function lookAtRanksRoutine(
  shape: KernelShape,
  criterion: CriterionCode,
  { sort, scan, scanOrder }: ScanRoutines,
): LookAtRoutine {
  const { own, shared } = shape
  return routine('lookAt', { base: I32, feature: I32, start: I32, n: I32 }, (w, { base, feature, start, n }) => {
    const thread = new Thread(w, base, shape)
    const column = w.keep(columnAddress(shape, feature))
    const min = w.keep(I32.of(0x7fffffff))
    const max = w.keep(I32.of(-1))
    const i = w.keep(I32.of(0))
    const from = w.keep(own.rows.at(start, base))
    const to = w.keep(base)
    w.count(i, 0, n, () => {
      const rank = w.keep(rankAt(shape, column, own.rows.load(from)))
      own.nodeRanks.store(w, to, rank)
      w.set(min, rank.where(rank.isBelow(min), min))
      w.set(max, rank.where(rank.isAbove(max), max))
      w.add(from, 4)
      w.add(to, 4)
    })
    w.if(min.equals(max), () => w.return())
    thread.set('useful', thread.get('useful').plus(1))
    thread.set('raised', I32.of(0))
    thread.set('missingLeft', I32.of(0))
    if (shape.hasCategories) {
      w.if(shared.categoryCounts.get(feature), () => {
        thread.set('category', feature.plus(1))
        w.return()
      })
    }
    const missing = w.keep(shared.missingCodes.get(feature))
    const presentCount = w.keep(n)
    w.if(max.equals(missing), () => {
      w.set(max, -1)
      w.count(i, 0, n, () => {
        const rank = w.keep(own.nodeRanks.get(i, base))
        w.if(
          rank.equals(missing),
          () => w.add(presentCount, -1),
          () => w.set(max, rank.where(rank.isAbove(max), max)),
        )
      })
    })
    const hasMissing = w.keep(presentCount.isBelow(n))
    w.if(
      hasMissing,
      () => {
        w.call(sort, { base, n, min, max: missing })
        w.call(scanOrder, { base, n, end: n })
        w.call(scanOrder, { base, n, end: presentCount })
      },
      () => w.call(scan, { base, n, min, max }),
    )
    w.if(thread.get('raised'), () => {
      const numberOf = (rank: I32): Local<F64> => w.keep(shared.values.get(shared.valueStarts.get(feature).plus(rank)))
      const threshold = w.keep(F64.of(Number.POSITIVE_INFINITY))
      w.if(thread.get('high').differs(missing), () => {
        w.set(threshold, betweenValues(w, numberOf(thread.get('low')), numberOf(thread.get('high'))))
      })
      thread.set('threshold', threshold)
      thread.set('feature', feature)
      thread.set('hadMissing', hasMissing)
      thread.set('bestMissingLeft', thread.get('missingLeft'))
      thread.set('bestLow', thread.get('low'))
      thread.set('decrease', criterion.decrease(thread, thread.get('score')))
      if (shape.hasCategories) thread.set('isCategorical', I32.of(0))
    })
  })
}
