// Puts the rows of the loaded node into the order of their ranks: the hot path of every split that is searched by sorting.
import { routine } from '../../wasm/routine.ts'
import { I32, type Local } from '../../wasm/values.ts'
import { INSERTED_ROWS_MAX, RADIX_BITS } from './kernel-layout.ts'
import type { KernelShape } from './kernel-shape.ts'

const RADIX = 1 << RADIX_BITS
/** Insertion gives up after so many moves a row. */
const MOVES_MAX = 8

/**
 * sort(base, n, min, max): writes to `order` the positions 0 … n−1 by their ranks in nodeCells, which are from min to
 * max, equal ranks in the order of their positions. Chooses by the size of the node: insertion for few rows; counting
 * where the ranks span at most twice the rows; else one scatter into about n buckets of neighbouring ranks, finished by
 * insertion, which is O(n) for ranks that are spread and falls back to a radix sort for those that are not.
 */
export function sortRoutine({ own }: KernelShape) {
  return routine('sort', { base: I32, n: I32, min: I32, max: I32 }, (w, { base, n, min, max }) => {
    const i = w.keep(I32.of(0))
    const q = w.keep(I32.of(0))
    const rankOf = (position: Local<I32>) => own.nodeRanks.get(position, base)

    w.if(n.isAtMost(INSERTED_ROWS_MAX), () => {
      // Rank and position in one int64.
      const at = w.keep(I32.of(0))
      w.count(i, 0, n, () => {
        const key = w.keep(rankOf(i).asI64().shiftLeft(32).or(i.asI64()))
        w.set(at, own.spareKeys.at(i, base))
        w.while(at.differs(base), (out) => {
          const before = w.keep(own.spareKeys.load(at, -8))
          w.branch(out, before.isBelow(key))
          own.spareKeys.store(w, at, before)
          w.add(at, -8)
        })
        own.spareKeys.store(w, at, key)
      })
      w.count(i, 0, n, () => own.order.set(w, i, own.spareKeys.get(i, base).asI32(), base))
      w.return()
    })

    const range = w.keep(max.minus(min).plus(1))
    const shift = w.keep(I32.of(0))
    w.while(range.shiftRight(shift).isAbove(n.plus(n)), () => w.add(shift, 1))
    const bucketCount = w.keep(range.minus(1).shiftRight(shift).plus(1))
    const countAt = (bucket: I32) => own.counts.at(bucket, base)
    w.fill(base.plus(own.counts.offset), 0, bucketCount.shiftLeft(2))
    w.count(i, 0, n, () => {
      const at = w.keep(countAt(rankOf(i).minus(min).shiftRight(shift)))
      own.counts.store(w, at, own.counts.load(at).plus(1))
    })
    const place = w.keep(I32.of(0))
    w.count(i, 0, bucketCount, () => {
      const count = w.keep(own.counts.load(countAt(i)))
      own.counts.store(w, countAt(i), place)
      w.add(place, count)
    })
    const scatter = (position: Local<I32>, bucket: Local<I32>): void => {
      const free = w.keep(own.counts.load(countAt(bucket)))
      own.order.set(w, free, position, base)
      own.counts.store(w, countAt(bucket), free.plus(1))
    }
    w.count(i, 0, n, () => scatter(i, w.keep(rankOf(i).minus(min).shiftRight(shift))))
    w.if(shift.isZero(), () => w.return())

    const movesLeft = w.keep(n.times(MOVES_MAX))
    w.block((tooFar) => {
      w.count(i, 1, n, () => {
        const position = w.keep(own.order.get(i, base))
        const rank = w.keep(rankOf(position))
        w.set(q, i)
        w.while(q.isAbove(0), (out) => {
          const before = w.keep(own.order.load(own.order.at(q, base), -4))
          w.branch(out, rankOf(before).isAtMost(rank))
          own.order.set(w, q, before, base)
          w.add(q, -1)
        })
        own.order.set(w, q, position, base)
        w.set(movesLeft, movesLeft.minus(i.minus(q)))
        w.branch(tooFar, movesLeft.isBelow(0))
      })
      w.return()
    })

    w.count(i, 0, n, () => own.order.set(w, i, i, base))
    w.set(shift, 0)
    w.while(range.shiftRight(shift).isAbove(0), (out) => {
      const digitOf = (position: Local<I32>) =>
        rankOf(position)
          .minus(min)
          .shiftRight(shift)
          .and(RADIX - 1)
      w.fill(base.plus(own.counts.offset), 0, 4 * RADIX)
      w.count(i, 0, n, () => {
        const at = w.keep(countAt(digitOf(i)))
        own.counts.store(w, at, own.counts.load(at).plus(1))
      })
      w.set(place, 0)
      w.count(i, 0, RADIX, () => {
        const count = w.keep(own.counts.get(i, base))
        own.counts.set(w, i, place, base)
        w.add(place, count)
      })
      w.count(i, 0, n, () => {
        const position = w.keep(own.order.get(i, base))
        const at = w.keep(countAt(digitOf(position)))
        const free = w.keep(own.counts.load(at))
        own.spare.set(w, free, position, base)
        own.counts.store(w, at, free.plus(1))
      })
      w.count(i, 0, n, () => own.order.set(w, i, own.spare.get(i, base), base))
      w.add(shift, RADIX_BITS)
      w.branch(out, shift.isAbove(31))
    })
  })
}
