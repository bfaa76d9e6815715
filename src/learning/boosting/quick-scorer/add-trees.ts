// The leaves of 64 rows at a time, in WebAssembly: each comparison of a tree strikes out the leaves that a row cannot reach.
import { I8x16 } from '../../wasm/byte-vectors.ts'
import { routine } from '../../wasm/routine.ts'
import type { RoutineWriter } from '../../wasm/routine-writer.ts'
import { I32, type Local } from '../../wasm/values.ts'
import { F64x2 } from '../../wasm/vectors.ts'

/** Rows that are compared together. */
export const ROWS_TOGETHER = 64
export const LEAVES_TOGETHER = 8
/**
 * A group, eight leaves of a tree: the address behind its comparisons, that of the values of the tree's leaves (float64) if it is the last
 * of its tree, else 0, that of the sums of the tree's output, and four times the byte of its first leaf (int32 each).
 */
export const GROUP_BYTES = 16
/**
 * A comparison: the address of the ranks that it asks, four times the rank of its threshold, and four times the leaves,
 * as bits, that rows above it cannot reach (int32 each).
 */
export const COMPARISON_BYTES = 12
const LANES = 16
const NO_LEAF = -1

/** The lowest bit that is set in each number of four bits. */
const LOWEST_BIT = I8x16.ofBytes([NO_LEAF, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0])
const LOWEST_BIT_PLUS_4 = I8x16.ofBytes([NO_LEAF, 4, 5, 4, 6, 4, 5, 4, 7, 4, 5, 4, 6, 4, 5, 4])

/**
 * Adds the values of trees, group by group, to the sums of their outputs (float64, row by row). `leaves` has a byte a row, 255 at first and in
 * the end. rowCount is a multiple of 64.
 *
 * isFloat32  sums are rounded to float32 after each tree
 */
export const addTrees = (isFloat32: boolean) =>
  routine(
    'addTrees',
    { groups: I32, end: I32, comparisons: I32, rowCount: I32, leaves: I32 },
    (w, { groups, end, comparisons, rowCount, leaves }) => {
      const places = { low: w.keep(LOWEST_BIT), high: w.keep(LOWEST_BIT_PLUS_4), half: w.keep(I8x16.of(15)) }
      const left = Array.from({ length: ROWS_TOGETHER / LANES }, () => w.declare(I8x16))
      const [row, comparison] = [w.declare(I32), w.declare(I32)]
      const leavesEnd = w.keep(leaves.plus(rowCount))
      w.each(groups, end, GROUP_BYTES, () => {
        const comparisonsEnd = w.keep(I32.load(groups))
        const firstLeaf = w.keep(I8x16.loadSplat4(groups, 12))
        w.set(row, 0)
        w.each(row, rowCount, ROWS_TOGETHER, () => {
          for (const bits of left) w.set(bits, -1)
          w.set(comparison, comparisons)
          w.each(comparison, comparisonsEnd, COMPARISON_BYTES, () => {
            const ranks = w.keep(I32.load(comparison).plus(row))
            const threshold = w.keep(I8x16.loadSplat4(comparison, 4))
            const struck = w.keep(I8x16.loadSplat4(comparison, 8))
            left.forEach((bits, k) => {
              w.set(
                bits,
                bits.without(
                  I8x16.load(ranks, LANES * k)
                    .isAbove(threshold)
                    .and(struck),
                ),
              )
            })
          })
          // Leaves are in order from left to right: a row is in the first that is left, of the first group that has one.
          const at = w.keep(leaves.plus(row))
          left.forEach((bits, k) => {
            const low = places.low.lookUp(bits.and(places.half))
            const high = places.high.lookUp(bits.pairsShiftRight(4).and(places.half))
            const leaf = low.lowerUnsigned(high).plusUpTo255(firstLeaf)
            w.store(at, I8x16.load(at, LANES * k).lowerUnsigned(leaf), LANES * k)
          })
        })
        w.set(comparisons, comparisonsEnd)
        const values = w.keep(I32.load(groups, 4))
        w.if(values, () => {
          const to = w.keep(I32.load(groups, 8))
          addValues(w, { leaves, leavesEnd, values, to, isFloat32 })
        })
      })
    },
  )

interface Values {
  readonly leaves: Local<I32>
  readonly leavesEnd: Local<I32>
  readonly values: Local<I32>
  readonly to: Local<I32>
  readonly isFloat32: boolean
}

/** Adds the value of each row's leaf, and forgets the leaf. */
function addValues(w: RoutineWriter, { leaves, leavesEnd, values, to, isFloat32 }: Values): void {
  const leaf = w.keep(leaves)
  w.each(leaf, leavesEnd, LANES, () => {
    for (let k = 0; k < LANES; k += 2) {
      const valueAt = (i: number): I32 => values.plus(I32.loadU8(leaf, i).shiftLeft(3))
      const pair = F64x2.loadHalf(valueAt(k)).withLoadedLane(1, valueAt(k + 1))
      const sum = F64x2.load(to, 8 * k).plus(pair)
      w.store(to, isFloat32 ? sum.demoted().firstTwoPromoted() : sum, 8 * k)
    }
    w.store(leaf, I8x16.of(NO_LEAF))
    w.add(to, 8 * LANES)
  })
}
