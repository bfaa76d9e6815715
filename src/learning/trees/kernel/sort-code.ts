// Puts the rows of the loaded node into the order of their ranks: the hot path of every split that is searched by sorting.

import type { Routine } from '../../wasm/assemble-module.ts'
import { I32 } from '../../wasm/instructions.ts'
import { RoutineWriter } from '../../wasm/routine-writer.ts'
import { int, type Local, loadI32, loadI64 } from '../../wasm/values.ts'
import { Thread } from './kernel-code.ts'
import { INSERTED_ROWS_MAX, type KernelShape } from './kernel-shape.ts'

const RADIX_BITS = 11
const RADIX = 1 << RADIX_BITS
/** Insertion gives up after so many moves a row. */
const MOVES_MAX = 8

/** int32 that sorting so many rows needs for counting. */
export function sortCountsLength(rowCount: number): number {
  return Math.max(2 * rowCount, RADIX) + 1
}

/**
 * sort(base, n, min, max): writes to `order` the positions 0 … n−1 by their ranks in nodeCells, which are from min to
 * max, equal ranks in the order of their positions. Chooses by the size of the node: insertion for few rows; counting
 * where the ranks span at most twice the rows; else one scatter into about n buckets of neighbouring ranks, finished by
 * insertion, which is O(n) for ranks that are spread and falls back to a radix sort for those that are not.
 */
export function sortRoutine({ own }: KernelShape): Routine {
  const w = new RoutineWriter('sort')
  const thread = new Thread(w, { own } as KernelShape)
  const n = w.parameter(I32)
  const min = w.parameter(I32)
  const max = w.parameter(I32)
  const i = w.local(int(0))
  const q = w.local(int(0))
  const rankOf = (position: Local) => loadI32(thread.at4(position), own.nodeCells)

  w.if(n.isAtMost(INSERTED_ROWS_MAX), () => {
    // Rank and position in one int64.
    const at = w.local(int(0))
    w.count(i, 0, n, () => {
      const key = w.local(rankOf(i).asI64().shiftLeft(32).or(i.asI64()))
      w.set(at, thread.at8(i))
      w.while(at.differs(thread.base), (out) => {
        const before = w.local(loadI64(at.minus(8), own.spare))
        w.branch(out, before.isBelow(key))
        w.store(at, before, own.spare)
        w.add(at, -8)
      })
      w.store(at, key, own.spare)
    })
    w.count(i, 0, n, () => w.store(thread.at4(i), loadI64(thread.at8(i), own.spare).asI32(), own.order))
    w.return()
  })

  const range = w.local(max.minus(min).plus(1))
  const shift = w.local(int(0))
  w.while(range.shiftRight(shift).isAbove(n.plus(n)), () => w.add(shift, 1))
  const bucketCount = w.local(range.minus(1).shiftRight(shift).plus(1))
  const countAt = (bucket: Local) => thread.at4(bucket)
  w.fill(thread.base.plus(own.counts), 0, bucketCount.shiftLeft(2))
  w.count(i, 0, n, () => {
    const at = w.local(thread.at4(rankOf(i).minus(min).shiftRight(shift)))
    w.store(at, loadI32(at, own.counts).plus(1), own.counts)
  })
  const place = w.local(int(0))
  w.count(i, 0, bucketCount, () => {
    const count = w.local(loadI32(countAt(i), own.counts))
    w.store(countAt(i), place, own.counts)
    w.add(place, count)
  })
  const scatter = (position: Local, bucket: Local): void => {
    const free = w.local(loadI32(countAt(bucket), own.counts))
    w.store(thread.at4(free), position, own.order)
    w.store(countAt(bucket), free.plus(1), own.counts)
  }
  w.count(i, 0, n, () => scatter(i, w.local(rankOf(i).minus(min).shiftRight(shift))))
  w.if(shift.isZero(), () => w.return())

  const movesLeft = w.local(n.times(MOVES_MAX))
  w.block((tooFar) => {
    w.count(i, 1, n, () => {
      const position = w.local(loadI32(thread.at4(i), own.order))
      const rank = w.local(rankOf(position))
      w.set(q, i)
      w.while(q.isAbove(0), (out) => {
        const before = w.local(loadI32(thread.at4(q), own.order - 4))
        w.branch(out, rankOf(before).isAtMost(rank))
        w.store(thread.at4(q), before, own.order)
        w.add(q, -1)
      })
      w.store(thread.at4(q), position, own.order)
      w.set(movesLeft, movesLeft.minus(i.minus(q)))
      w.branch(tooFar, movesLeft.isBelow(0))
    })
    w.return()
  })

  w.count(i, 0, n, () => w.store(thread.at4(i), i, own.order))
  w.set(shift, 0)
  w.while(range.shiftRight(shift).isAbove(0), (out) => {
    const digitOf = (position: Local) =>
      rankOf(position)
        .minus(min)
        .shiftRight(shift)
        .and(RADIX - 1)
    w.fill(thread.base.plus(own.counts), 0, int(4 * RADIX))
    w.count(i, 0, n, () => {
      const at = w.local(thread.at4(digitOf(i)))
      w.store(at, loadI32(at, own.counts).plus(1), own.counts)
    })
    w.set(place, 0)
    w.count(i, 0, RADIX, () => {
      const count = w.local(loadI32(thread.at4(i), own.counts))
      w.store(thread.at4(i), place, own.counts)
      w.add(place, count)
    })
    w.count(i, 0, n, () => {
      const position = w.local(loadI32(thread.at4(i), own.order))
      const at = w.local(thread.at4(digitOf(position)))
      const free = w.local(loadI32(at, own.counts))
      w.store(thread.at4(free), position, own.spare)
      w.store(at, free.plus(1), own.counts)
    })
    w.count(i, 0, n, () => w.store(thread.at4(i), loadI32(thread.at4(i), own.spare), own.order))
    w.add(shift, RADIX_BITS)
    w.branch(out, shift.isAbove(31))
  })
  return w.finish()
}
