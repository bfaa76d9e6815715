// Every cut of one column by rank, looked at from left to right: three ways to go along the rows.
import { routine } from '../../wasm/routine.ts'
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { type F64, I32, I64, type Local } from '../../wasm/values.ts'
import type { CriterionCode, LeftSums } from './criterion-code.ts'
import { Thread } from './kernel-code.ts'
import { SET_BITS } from './kernel-layout.ts'
import type { KernelShape } from './kernel-shape.ts'
import { hasRows, hasWeight } from './raise-split.ts'
import { sortRoutine } from './sort-code.ts'

interface Ways {
  readonly sort: ReturnType<typeof sortRoutine>
  readonly scanHistogram: ReturnType<typeof scanHistogramRoutine>
  readonly scanSets: ReturnType<typeof scanSetsRoutine>
  readonly scanOrder: ReturnType<typeof scanOrderRoutine>
}
export interface ScanRoutines extends Ways {
  readonly scan: ReturnType<typeof scanRoutine>
}

/** What looks at the cuts of a column of ranks. */
export function scanRoutines(shape: KernelShape, criterion: CriterionCode): ScanRoutines {
  const ways = {
    sort: sortRoutine(shape),
    scanHistogram: scanHistogramRoutine(shape, criterion),
    scanSets: scanSetsRoutine(shape, criterion),
    scanOrder: scanOrderRoutine(shape, criterion),
  }
  return { ...ways, scan: scanRoutine(shape, criterion, ways) }
}

/** What the three have in common: the best score so far, and how a cut beats it. */
class Scan {
  readonly weightMin: Local<F64>
  readonly weight: Local<F64>
  readonly bound: Local<F64>
  private readonly w: RoutineWriter
  private readonly thread: Thread
  private readonly shape: KernelShape
  private readonly sums: LeftSums
  private readonly tolerance: Local<F64>

  constructor(w: RoutineWriter, thread: Thread, shape: KernelShape, sums: LeftSums) {
    this.w = w
    this.thread = thread
    this.shape = shape
    this.sums = sums
    this.weightMin = w.keep(thread.get('weightMin'))
    this.weight = w.keep(thread.get('weight'))
    this.tolerance = w.keep(thread.get('tolerance'))
    this.bound = w.keep(thread.get('score').plus(this.tolerance))
  }

  /** Looks at the cut behind the rows that the sums have, `count` of n. */
  look(count: I32, n: Local<I32>, onRaise: () => void): void {
    const { w, sums } = this
    const right = w.keep(this.weight.minus(sums.weight))
    const score = w.keep(sums.score(right))
    const isLarge = hasRows(w, this.shape, count, n)
    const isBetter = isLarge === null ? score.isAbove(this.bound) : score.isAbove(this.bound).and(isLarge)
    w.if(isBetter, () => {
      w.if(hasWeight(this.weightMin, sums.weight, right), () => {
        w.set(this.bound, score.plus(this.tolerance))
        this.thread.set('score', score)
        this.thread.set('raised', I32.of(1))
        onRaise()
      })
    })
  }
}

/** scanHistogram(base, n, min, max): by counting; the rows of each rank from min to max are summed up first. */
function scanHistogramRoutine(shape: KernelShape, criterion: CriterionCode) {
  const { own } = shape
  return routine('scanHistogram', { base: I32, n: I32, min: I32, max: I32 }, (w, { base, n, min, max }) => {
    const thread = new Thread(w, base, shape)
    const countsRows = shape.rules.leafRowCountMin > 1
    const cellBytes = criterion.cellBytes(w, thread)
    const range = w.keep(max.minus(min).plus(1))
    w.fill(base.plus(own.histogram.offset), 0, range.times(cellBytes))
    if (countsRows) w.fill(base.plus(own.rankCounts.offset), 0, range.shiftLeft(2))
    const i = w.keep(I32.of(0))
    w.count(i, 0, n, () => {
      const rank = w.keep(own.nodeRanks.get(i, base).minus(min))
      criterion.addToCell(w, thread, w.keep(base.plus(rank.times(cellBytes))), i)
      if (countsRows) {
        const at = w.keep(own.rankCounts.at(rank, base))
        own.rankCounts.store(w, at, own.rankCounts.load(at).plus(1))
      }
    })
    const sums = criterion.leftSums(w, thread)
    const scan = new Scan(w, thread, shape, sums)
    const isHighOpen = w.keep(I32.of(0))
    const count = w.keep(I32.of(0))
    const cell = w.keep(base)
    sums.clear()
    w.count(i, 0, range, () => {
      const before = w.keep(sums.weight)
      sums.addCell(cell)
      w.add(cell, cellBytes)
      w.if(sums.weight.differs(before), () => {
        const rank = w.keep(i.plus(min))
        w.if(isHighOpen, () => thread.set('high', rank))
        w.set(isHighOpen, 0)
        if (countsRows) w.add(count, own.rankCounts.get(i, base))
        w.if(rank.isBelow(max), () =>
          scan.look(count, n, () => {
            w.set(isHighOpen, 1)
            thread.set('low', rank)
          }),
        )
      })
    })
  })
}

/**
 * scanSets(base, n, min): for few rows and ranks; the rows of a rank are the bits of one int64, and so come out in
 * order.
 */
function scanSetsRoutine(shape: KernelShape, criterion: CriterionCode) {
  const { own } = shape
  return routine('scanSets', { base: I32, n: I32, min: I32 }, (w, { base, n, min }) => {
    const thread = new Thread(w, base, shape)
    const one = w.keep(I64.of(1))
    const ranks = w.keep(I64.of(0))
    const i = w.keep(I32.of(0))
    w.count(i, 0, n, () => {
      const rank = w.keep(own.nodeRanks.get(i, base).minus(min))
      const at = w.keep(own.sets.at(rank, base))
      own.sets.store(w, at, own.sets.load(at).or(one.shiftLeft(i.asI64())))
      w.set(ranks, ranks.or(one.shiftLeft(rank.asI64())))
    })
    const sums = criterion.leftSums(w, thread)
    const scan = new Scan(w, thread, shape, sums)
    const count = w.keep(I32.of(0))
    const isHighOpen = w.keep(I32.of(0))
    sums.clear()
    w.while(ranks.isZero().isZero(), (out) => {
      const rank = w.keep(ranks.trailingZeros().asI32())
      w.set(ranks, ranks.and(ranks.minus(1)))
      const high = w.keep(rank.plus(min))
      w.if(isHighOpen, () => thread.set('high', high))
      w.set(isHighOpen, 0)
      const at = w.keep(own.sets.at(rank, base))
      const set = w.keep(own.sets.load(at))
      own.sets.store(w, at, I64.of(0))
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
        thread.set('low', high)
      })
    })
  })
}

/**
 * scanOrder(base, n, end): along order[0 … end), by which `sort` has ordered the rows, with the rows from order[end],
 * whose value is missing, on the left from the start.
 */
function scanOrderRoutine(shape: KernelShape, criterion: CriterionCode) {
  const { own } = shape
  return routine('scanOrder', { base: I32, n: I32, end: I32 }, (w, { base, n, end }) => {
    const thread = new Thread(w, base, shape)
    const rowAt = (p: Local<I32>): I32 => own.order.get(p, base)
    const p = w.keep(I32.of(0))
    const sums = criterion.leftSums(w, thread)
    const scan = new Scan(w, thread, shape, sums)
    sums.clear()
    w.count(p, end, n, () => sums.addRow(w.keep(rowAt(p))))
    const extra = w.keep(n.minus(end))
    const i = w.keep(own.order.load(base))
    const rank = w.keep(own.nodeRanks.get(i, base))
    w.count(p, 1, end, () => {
      sums.addRow(i)
      w.set(i, rowAt(p))
      const next = w.keep(own.nodeRanks.get(i, base))
      w.if(next.differs(rank), () => {
        scan.look(p.plus(extra), n, () => {
          thread.set('low', rank)
          thread.set('high', next)
          thread.set('missingLeft', I32.of(1).where(end.isBelow(n), 0))
        })
        w.set(rank, next)
      })
    })
  })
}

/** scan(base, n, min, max): looks at every cut between the ranks in nodeRanks, of which none is missing. */
function scanRoutine(shape: KernelShape, criterion: CriterionCode, { sort, scanHistogram, scanSets, scanOrder }: Ways) {
  return routine('scan', { base: I32, n: I32, min: I32, max: I32 }, (w, { base, n, min, max }) => {
    const thread = new Thread(w, base, shape)
    const range = w.keep(max.minus(min).plus(1))
    w.if(n.isAtMost(SET_BITS).and(range.isAtMost(SET_BITS)), () => {
      w.call(scanSets, { base, n, min })
      w.return()
    })
    w.if(criterion.histogramPays(thread, n, range), () => {
      w.call(scanHistogram, { base, n, min, max })
      w.return()
    })
    w.call(sort, { base, n, min, max })
    w.call(scanOrder, { base, n, end: n })
  })
}
