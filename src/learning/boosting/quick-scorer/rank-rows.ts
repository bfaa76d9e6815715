// Where values stand among the thresholds of their column, in WebAssembly: eight rows at a time, by halving.
import { routine } from '../../wasm/routine.ts'
import { F64, I32 } from '../../wasm/values.ts'

/**
 * A search: 8 · its column, the address of its ranks, that of its thresholds less 8, and 8 · half the power of two that is
 * above their number (int32 each). So many thresholds less one lie there: ascending, then infinite ones.
 */
export const SEARCH_BYTES = 16
/** Thresholds of a search at the most: ranks go from 0 to their number, and take a byte. */
export const THRESHOLDS_MAX = 255
/** What makes a rank a signed byte. */
export const RANK_OFFSET = 128
const ROWS_TOGETHER = 8
const DOUBLE_BYTES = 8

/**
 * Writes the rank of each row's value in each search, less RANK_OFFSET: the number of thresholds below it. Ranks of a search lie
 * row by row (int8); `rankBytes` behind them lie the same once more. A missing value has the lowest rank there, and the
 * highest here, which is above all thresholds. Rows lie row-major, `rowBytes` each; rowCount is a multiple of 8.
 */
export const rankRows = routine(
  'rankRows',
  { searches: I32, end: I32, rows: I32, rowCount: I32, rowBytes: I32, rankBytes: I32 },
  (w, { searches, end, rows, rowCount, rowBytes, rankBytes }) => {
    const walks = Array.from({ length: ROWS_TOGETHER }, () => ({ x: w.declare(F64), at: w.declare(I32) }))
    const [row, ranks, step] = [w.declare(I32), w.declare(I32), w.declare(I32)]
    w.each(searches, end, SEARCH_BYTES, () => {
      w.set(row, rows.plus(I32.load(searches)))
      w.set(ranks, I32.load(searches, 4))
      const ranksEnd = w.keep(ranks.plus(rowCount))
      const first = w.keep(I32.load(searches, 8))
      w.each(ranks, ranksEnd, ROWS_TOGETHER, () => {
        for (const { x, at } of walks) {
          w.set(x, F64.load(row))
          w.set(at, first)
          w.add(row, rowBytes)
        }
        w.set(step, I32.load(searches, 12))
        w.while(step.isAtLeast(DOUBLE_BYTES), () => {
          for (const { x, at } of walks) {
            const next = w.keep(at.plus(step))
            w.set(at, next.where(F64.load(next).isBelow(x), at))
          }
          w.set(step, step.shiftRight(1))
        })
        walks.forEach(({ x, at }, k) => {
          const rank = w.keep(at.minus(first).shiftRight(3).minus(RANK_OFFSET))
          w.storeByte(ranks, rank, k)
          w.storeByte(ranks.plus(rankBytes), I32.of(THRESHOLDS_MAX - RANK_OFFSET).where(x.differs(x), rank), k)
        })
      })
    })
  },
)
