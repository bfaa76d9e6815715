// Every cut of one column by rank, looked at from left to right: three ways to go along the rows.
import type { Routine } from '../../wasm/assemble-module.ts'
import { I32 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { int, type Local, loadI32, loadI64, type Value } from '../../wasm/values.ts'
import type { CriterionCode, LeftSums } from './criterion-code.ts'
import { Thread } from './kernel-code.ts'
import type { KernelShape } from './kernel-shape.ts'
import { hasRows, hasWeight } from './raise-split.ts'

/** What the three have in common: the best score so far, and how a cut beats it. */
class Scan {
  readonly weightMin: Local
  readonly weight: Local
  readonly bound: Local
  private readonly w: RoutineWriter
  private readonly thread: Thread
  private readonly shape: KernelShape
  private readonly sums: LeftSums
  private readonly tolerance: Local

  constructor(w: RoutineWriter, thread: Thread, shape: KernelShape, sums: LeftSums) {
    this.w = w
    this.thread = thread
    this.shape = shape
    this.sums = sums
    this.weightMin = w.local(thread.float('weightMin'))
    this.weight = w.local(thread.float('weight'))
    this.tolerance = w.local(thread.float('tolerance'))
    this.bound = w.local(thread.float('score').plus(this.tolerance))
  }

  /** Looks at the cut behind the rows that the sums have, `count` of n. */
  look(count: Value, n: Local, onRaise: () => void): void {
    const { w, sums } = this
    const right = w.local(this.weight.minus(sums.weight))
    const score = w.local(sums.score(right))
    const isLarge = hasRows(this.shape, count, n)
    const isBetter = isLarge === null ? score.isAbove(this.bound) : score.isAbove(this.bound).and(isLarge)
    w.if(isBetter, () => {
      w.if(hasWeight(this.weightMin, sums.weight, right), () => {
        w.set(this.bound, score.plus(this.tolerance))
        this.thread.setField('score', score)
        this.thread.setField('raised', int(1))
        onRaise()
      })
    })
  }
}

/** scanHistogram(base, n, min, max): by counting; the rows of each rank from min to max are summed up first. */
export function scanHistogramRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const { own } = shape
  const w = new RoutineWriter('scanHistogram')
  const thread = new Thread(w, shape)
  const n = w.parameter(I32)
  const min = w.parameter(I32)
  const max = w.parameter(I32)
  const countsRows = shape.rules.leafRowCountMin > 1
  const cellBytes = criterion.cellBytes(w, thread)
  const range = w.local(max.minus(min).plus(1))
  w.fill(thread.base.plus(own.histogram), 0, range.times(cellBytes))
  if (countsRows) w.fill(thread.base.plus(own.rankCounts), 0, range.shiftLeft(2))
  const i = w.local(int(0))
  w.count(i, 0, n, () => {
    const rank = w.local(loadI32(thread.at4(i), own.nodeCells).minus(min))
    criterion.addToCell(w, thread, w.local(thread.base.plus(rank.times(cellBytes))), i)
    if (countsRows) {
      const at = w.local(thread.at4(rank))
      w.store(at, loadI32(at, own.rankCounts).plus(1), own.rankCounts)
    }
  })
  const sums = criterion.leftSums(w, thread)
  const scan = new Scan(w, thread, shape, sums)
  const isHighOpen = w.local(int(0))
  const count = w.local(int(0))
  const cell = w.local(thread.base)
  sums.clear()
  w.count(i, 0, range, () => {
    const before = w.local(sums.weight)
    sums.addCell(cell)
    w.add(cell, cellBytes)
    w.if(sums.weight.differs(before), () => {
      const rank = w.local(i.plus(min))
      w.if(isHighOpen, () => thread.setField('high', rank))
      w.set(isHighOpen, 0)
      if (countsRows) w.add(count, loadI32(thread.at4(i), own.rankCounts))
      w.if(rank.isBelow(max), () =>
        scan.look(count, n, () => {
          w.set(isHighOpen, 1)
          thread.setField('low', rank)
        }),
      )
    })
  })
  return w.finish()
}

/**
 * scanSets(base, n, min): for few rows and ranks; the rows of a rank are the bits of one int64, and so come out in
 * order.
 */
export function scanSetsRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const { own } = shape
  const w = new RoutineWriter('scanSets')
  const thread = new Thread(w, shape)
  const n = w.parameter(I32)
  const min = w.parameter(I32)
  const one = w.local(int(1).asI64())
  const ranks = w.local(int(0).asI64())
  const i = w.local(int(0))
  w.count(i, 0, n, () => {
    const rank = w.local(loadI32(thread.at4(i), own.nodeCells).minus(min))
    const at = w.local(thread.at8(rank))
    w.store(at, loadI64(at, own.sets).or(one.shiftLeft(i.asI64())), own.sets)
    w.set(ranks, ranks.or(one.shiftLeft(rank.asI64())))
  })
  const sums = criterion.leftSums(w, thread)
  const scan = new Scan(w, thread, shape, sums)
  const count = w.local(int(0))
  const isHighOpen = w.local(int(0))
  sums.clear()
  w.while(ranks.isZero().isZero(), (out) => {
    const rank = w.local(ranks.trailingZeros().asI32())
    w.set(ranks, ranks.and(ranks.minus(1)))
    const high = w.local(rank.plus(min))
    w.if(isHighOpen, () => thread.setField('high', high))
    w.set(isHighOpen, 0)
    const at = w.local(thread.at8(rank))
    const set = w.local(loadI64(at, own.sets))
    w.store(at, int(0).asI64(), own.sets)
    // Behind the last rank there is no cut.
    w.branch(out, ranks.isZero())
    w.while(set.isZero().isZero(), () => {
      w.set(i, set.trailingZeros().asI32())
      w.set(set, set.and(set.minus(1)))
      sums.addRow(i)
      w.add(count, 1)
    })
    scan.look(count, n, () => {
      w.set(isHighOpen, 1)
      thread.setField('low', high)
    })
  })
  return w.finish()
}

/**
 * scanOrder(base, n, end): along order[0 … end), by which `sort` has ordered the rows, with the rows from order[end],
 * whose value is missing, on the left from the start.
 */
export function scanOrderRoutine(shape: KernelShape, criterion: CriterionCode): Routine {
  const { own } = shape
  const w = new RoutineWriter('scanOrder')
  const thread = new Thread(w, shape)
  const n = w.parameter(I32)
  const end = w.parameter(I32)
  const rowAt = (p: Local): Value => loadI32(thread.at4(p), own.order)
  const p = w.local(int(0))
  const sums = criterion.leftSums(w, thread)
  const scan = new Scan(w, thread, shape, sums)
  sums.clear()
  w.count(p, end, n, () => sums.addRow(w.local(rowAt(p))))
  const extra = w.local(n.minus(end))
  const i = w.local(loadI32(thread.base, own.order))
  const rank = w.local(loadI32(thread.at4(i), own.nodeCells))
  w.count(p, 1, end, () => {
    sums.addRow(i)
    w.set(i, rowAt(p))
    const next = w.local(loadI32(thread.at4(i), own.nodeCells))
    w.if(next.differs(rank), () => {
      scan.look(p.plus(extra), n, () => {
        thread.setField('low', rank)
        thread.setField('high', next)
        thread.setField('missingLeft', int(1).where(end.isBelow(n), 0))
      })
      w.set(rank, next)
    })
  })
  return w.finish()
}
