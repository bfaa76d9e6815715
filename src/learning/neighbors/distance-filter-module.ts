// The routine in WebAssembly that throws out most rows of a brute-force search: single precision, four rows an
// instruction. distance-filter.ts holds its data and says why what remains is exact.
import { routine } from '../wasm/routine.ts'
import type { RoutineWriter } from '../wasm/routine-writer.ts'
import { F32, I32, type Local } from '../wasm/values.ts'
import { F32x4 } from '../wasm/vectors.ts'

/** Rows of one block. Inside a block values stand column by column. */
export const BLOCK_ROWS = 16
/** Columns between two looks whether any row of the block is still near enough. */
const SEGMENT_COLUMNS = 16
const COLUMN_BYTES = 4 * BLOCK_ROWS
const VECTORS = BLOCK_ROWS / 4
/** The memory of what is not shared. */
const SCRATCH = 1

export type ScanRoutine = ReturnType<typeof scanRoutine>

/**
 * `scan(rows, blockCount, query, limit, found)`, for rows of `columnCount` columns in memory 0, looks at blockCount ≥ 1
 * blocks from byte `rows` on. Of each block that has rows whose measure is at most `limit`, it writes the block's index,
 * counted from 0 at `rows`, and the bits of those rows, two int32, into memory 1 from byte `found` on, and returns the
 * number of blocks written. `query` is the byte in memory 1 of columnCount float32.
 *
 * A block begins with one number for each of its rows, from which the measure starts: with norm 1 the measure is
 * that number plus Σ |row − query|, with norm 2 it is that number minus Σ row · query, at half the cost.
 */
export function scanRoutine(columnCount: number, norm: 1 | 2) {
  const segmentCount = Math.floor((columnCount - 1) / SEGMENT_COLUMNS)
  const restCount = columnCount - segmentCount * SEGMENT_COLUMNS
  const parameters = { rows: I32, blockCount: I32, query: I32, limit: F32, found: I32 }
  return routine('scan', parameters, I32, (w, { rows, blockCount, query, limit, found }) => {
    const firstFound = w.keep(found)
    const limits = w.keep(F32x4.splat(limit))
    const sums = Array.from({ length: VECTORS }, () => w.declare(F32x4))
    const block = w.declare(I32)
    const [column, value, segmentsLeft] = [w.declare(I32), w.declare(I32), w.declare(I32)]
    const nearRows = () => sums.map((sum) => sum.isAtMost(limits))
    w.repeat(() => {
      w.block((nextBlock) => {
        sums.forEach((sum, v) => {
          w.set(sum, F32x4.load(rows, 16 * v))
        })
        w.set(column, rows.plus(COLUMN_BYTES))
        w.set(value, query)
        if (segmentCount > 0) {
          w.set(segmentsLeft, segmentCount)
          w.repeat(() => {
            addColumns(w, SEGMENT_COLUMNS, norm, column, value, sums)
            // Only what grows can be too far already.
            if (norm === 1) {
              const anyNear = nearRows().reduce((any, near) => any.or(near))
              w.branch(nextBlock, anyNear.isAnySet().isZero())
            }
            w.add(column, SEGMENT_COLUMNS * COLUMN_BYTES)
            w.add(value, SEGMENT_COLUMNS * 4)
            w.add(segmentsLeft, -1)
            return segmentsLeft
          })
        }
        addColumns(w, restCount, norm, column, value, sums)
        const bits = nearRows().map((near, v) => (v === 0 ? near.signBits() : near.signBits().shiftLeft(4 * v)))
        const near = w.keep(bits.reduce((all, some) => all.or(some)))
        w.branch(nextBlock, near.isZero())
        w.store(found, block, 0, SCRATCH)
        w.store(found, near, 4, SCRATCH)
        w.add(found, 8)
      })
      w.add(rows, (columnCount + 1) * COLUMN_BYTES)
      w.add(block, 1)
      return block.isBelowUnsigned(blockCount)
    })
    return found.minus(firstFound).shiftRight(3)
  })
}

/** Adds columns, of which the first is at `column` and its value at `value`, to the measures of 16 rows; unrolled. */
function addColumns(
  w: RoutineWriter,
  count: number,
  norm: 1 | 2,
  column: Local<I32>,
  value: Local<I32>,
  sums: readonly Local<F32x4>[],
): void {
  for (let j = 0; j < count; j++) {
    const values = w.keep(F32x4.loadSplat(value, 4 * j, SCRATCH))
    sums.forEach((sum, v) => {
      const rows = F32x4.load(column, COLUMN_BYTES * j + 16 * v)
      // sum − row · query: fused or not, it is within the error that distance-filter.ts allows for.
      const added = norm === 2 ? rows.negatedTimesPlusRelaxed(values, sum) : rows.minus(values).abs().plus(sum)
      w.set(sum, added)
    })
  }
}
