// Sums of products over the users of an item, in WebAssembly, and the search for the largest among them.
import { assembleModule } from '../wasm/assemble-module.ts'
import { I8x16 } from '../wasm/byte-vectors.ts'
import { routine } from '../wasm/routine.ts'
import { F64, I32 } from '../wasm/values.ts'
import { F64x2, I64x2 } from '../wasm/vectors.ts'

/** Sums that share a mark, which says that one of them is not 0. */
export const SUMS_OF_MARK = 16
/** Marks that are looked at together. */
export const MARKS_TOGETHER = 16
/**
 * A list: the addresses of its first item (int32) and of what is behind its last one, and what its weights are multiplied by
 * (float64).
 */
export const LIST_BYTES = 16

export interface ProductRoutines {
  /**
   * Adds factor · weight to the sum of each item of the lists, and marks it. Weights lie as items do: that of the item at
   * byte b is at 2 · b + weights.
   */
  addProducts(lists: number, end: number, weights: number, sums: number, marks: number): void
  /**
   * Writes the items whose sums are above `least`, 0 or more, and these sums, behind those that were found before, as long as there is room for
   * those of a mark. What was looked at is not marked any more, and 0. Gives 1 where nothing marked is left, else 0.
   *
   * marks, end  a multiple of MARKS_TOGETHER lies between them
   * count       where it is kept how many were found (int32)
   */
  takeAbove(
    marks: number,
    end: number,
    all: number,
    least: number,
    items: number,
    sums: number,
    room: number,
    count: number,
  ): number
  /**
   * Keeps the `wanted` largest of the sums that were found, more than that and all above `least`, and their items, in
   * their order; of equal ones the first. Gives a number that is below all of them, but not below others. There is room
   * for a sum more.
   */
  keepLargest(items: number, sums: number, found: number, wanted: number, least: number): number
}

const addProducts = routine(
  'addProducts',
  { lists: I32, end: I32, weights: I32, sums: I32, marks: I32 },
  (w, { lists, end, weights, sums, marks }) => {
    const [at, weightAt] = [w.declare(I32), w.declare(I32)]
    w.each(lists, end, LIST_BYTES, () => {
      w.set(at, I32.load(lists))
      const listEnd = w.keep(I32.load(lists, 4))
      const factor = w.keep(F64.load(lists, 8))
      w.set(weightAt, at.shiftLeft(1).plus(weights))
      w.each(at, listEnd, 4, () => {
        const item = w.keep(I32.load(at))
        const sum = w.keep(sums.plus(item.shiftLeft(3)))
        w.store(sum, F64.load(sum).plus(factor.times(F64.load(weightAt))))
        w.storeByte(marks.plus(item.shiftRight(Math.log2(SUMS_OF_MARK))), I32.of(1))
        w.add(weightAt, 8)
      })
    })
  },
)

const takeAbove = routine(
  'takeAbove',
  { marks: I32, end: I32, all: I32, least: F64, items: I32, sums: I32, room: I32, count: I32 },
  I32,
  (w, { marks, end, all, least, items, sums, room, count }) => {
    const [at, mark, isFull] = [w.declare(I32), w.declare(I32), w.declare(I32)]
    const found = w.keep(I32.load(count))
    const limit = w.keep(F64x2.splat(least))
    w.set(at, marks)
    w.each(at, end, MARKS_TOGETHER, (out) => {
      w.if(I8x16.load(at).isAnySet(), () => {
        w.set(mark, at)
        const behind = w.keep(at.plus(MARKS_TOGETHER))
        w.each(mark, behind, 1, (outOfMarks) => {
          w.if(I32.loadU8(mark), () => {
            w.set(isFull, found.isAbove(room.minus(SUMS_OF_MARK)))
            w.branch(outOfMarks, isFull)
            w.storeByte(mark, I32.of(0))
            const first = w.keep(mark.minus(marks).times(SUMS_OF_MARK))
            const from = w.keep(all.plus(first.shiftLeft(3)))
            const pairs = Array.from({ length: SUMS_OF_MARK / 2 }, (_, k) => {
              const pair = w.keep(F64x2.load(from, 16 * k))
              w.store(from, F64x2.of(0), 16 * k)
              return pair
            })
            const most = pairs.reduce<F64x2>((a, b) => a.higher(b), F64x2.of(0))
            w.if(most.isAbove(limit).isAnySet(), () => {
              // All are written, each over the one before it unless that was above: no branch that nobody can foresee.
              pairs.forEach((pair, k) => {
                for (const lane of [0, 1] as const) {
                  const sum = w.keep(pair.lane(lane))
                  w.store(sums.plus(found.shiftLeft(3)), sum)
                  w.store(items.plus(found.shiftLeft(2)), first.plus(2 * k + lane))
                  w.add(found, sum.isAbove(least))
                }
              })
            })
          })
        })
        w.branch(out, isFull)
      })
    })
    w.store(count, found)
    return at.isBelowUnsigned(end).isZero()
  },
)

const countAbove = routine('countAbove', { sums: I32, end: I32, limit: F64 }, I32, (w, { sums, end, limit }) => {
  const counts = w.declare(I64x2)
  const limits = w.keep(F64x2.splat(limit))
  w.each(sums, end, 16, () => w.set(counts, counts.minus(F64x2.load(sums).isAbove(limits))))
  return counts.lane(0).plus(counts.lane(1)).asI32()
})

const keepLargest = routine(
  'keepLargest',
  { items: I32, sums: I32, found: I32, wanted: I32, least: F64 },
  F64,
  (w, { items, sums, found, wanted, least }) => {
    const end = w.keep(sums.plus(found.shiftLeft(3)))
    // Sums go in pairs: what fills up the last one is above nothing.
    w.store(end, F64.of(0))
    const at = w.keep(sums)
    const most = w.declare(F64x2)
    w.each(at, end, 16, () => w.set(most, most.higher(F64x2.load(at))))
    const [low, high] = [w.keep(least), w.keep(most.lane(0).max(most.lane(1)))]
    const aboveHigh = w.declare(I32)
    const middle = w.declare(F64)
    w.block((out) => {
      w.repeat(() => {
        w.set(middle, low.plus(high.minus(low).times(0.5)))
        // Where nothing lies between them, all that are not above `high` but above `low` are equal to `high`.
        w.branch(out, middle.isAbove(low).and(middle.isBelow(high)).isZero())
        const above = w.keep(countAbove.of({ sums, end, limit: middle }))
        w.if(
          above.isAbove(wanted),
          () => w.set(low, middle),
          () => {
            w.set(high, middle)
            w.set(aboveHigh, above)
          },
        )
        return above.differs(wanted)
      })
    })
    const equal = w.keep(wanted.minus(aboveHigh))
    const below = w.keep(low.where(equal, high))
    const [from, item, to, toItem] = [w.keep(sums), w.keep(items), w.keep(sums), w.keep(items)]
    w.each(from, end, 8, () => {
      const sum = w.keep(F64.load(from))
      const isEqual = w.keep(sum.equals(high))
      const isKept = w.keep(sum.isAbove(high).or(isEqual.and(equal.isAbove(0))))
      w.set(equal, equal.minus(isEqual))
      w.store(to, sum)
      w.store(toItem, I32.load(item))
      w.add(to, isKept.shiftLeft(3))
      w.add(toItem, isKept.shiftLeft(2))
      w.add(item, 4)
    })
    return below
  },
)

/** The bytes of the module; it imports env.memory. */
export function assembleProducts(): Uint8Array<ArrayBuffer> {
  const routines = [addProducts, takeAbove, keepLargest]
  return assembleModule({ memory: { name: 'memory', isShared: false }, routines })
}
