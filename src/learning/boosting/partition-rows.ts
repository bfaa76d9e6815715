// Divides the rows of a node between its children, keeping their order.
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TeamMember } from '../parallel/thread-team.ts'
import type { BoostingKernel } from './boosting-kernel.ts'

/** Below this many rows one thread divides alone: the second would cost more at the barrier than it gives. */
const SHARED_ROWS_MIN = 16_384
const ROWS_BETWEEN_LOOKS = 1 << 18

/**
 * The rows of one tree, in the memory of the kernels of those who grow it; each array has a place for every row.
 *
 * rows         the rows, those of a node side by side and ascending
 * lefts        empty where one member grows the tree
 * leftCounts   one place per member
 */
export interface RowSpace {
  readonly rows: Int32Array
  readonly lefts: Int32Array
  readonly rights: Int32Array
  readonly leftCounts: Int32Array
}

/**
 * Reorders space.rows[start … end − 1]: first the rows whose bin has a 1 in goesLeft, then the others, both ascending.
 * All members call it; all see the result when it returns. O(rows / members).
 *
 * codes     address of the bins of a column: one byte per row
 * goesLeft  address of this member's table of 256 bytes
 */
export function partitionRows(
  kernel: BoostingKernel,
  space: RowSpace,
  start: number,
  end: number,
  codes: number,
  goesLeft: number,
  { index, count, barrier, stop }: TeamMember,
): void {
  const { leftCounts } = space
  const rows = space.rows.byteOffset
  const rights = space.rights.byteOffset
  if (count === 1 || end - start < SHARED_ROWS_MIN) {
    if (index === 0) {
      const left = divide(kernel, rows, start, end, codes, goesLeft, rows, rights, stop)
      kernel.copy(rows + 4 * (start + left), rights + 4 * start, 4 * (end - start - left))
    }
    barrier.wait()
    return
  }
  const lefts = space.lefts.byteOffset
  const from = start + Math.floor(((end - start) * index) / count)
  const to = start + Math.floor(((end - start) * (index + 1)) / count)
  const own = divide(kernel, rows, from, to, codes, goesLeft, lefts, rights, stop)
  leftCounts[index] = own
  barrier.wait()
  let before = 0
  let all = 0
  for (let m = 0; m < count; m++) {
    if (m < index) before += leftCounts[m] as number
    all += leftCounts[m] as number
  }
  const rightAt = start + all + (from - start - before)
  kernel.copy(rows + 4 * (start + before), lefts + 4 * from, 4 * own)
  kernel.copy(rows + 4 * rightAt, rights + 4 * from, 4 * (to - from - own))
  barrier.wait()
}

/** Divides rows[start … end − 1] into lefts and rights, both from place `start` on; returns how many go left. */
function divide(
  kernel: BoostingKernel,
  rows: number,
  start: number,
  end: number,
  codes: number,
  goesLeft: number,
  lefts: number,
  rights: number,
  stop: StopFlag,
): number {
  let left = start
  for (let from = start; from < end; from += ROWS_BETWEEN_LOOKS) {
    stop.throwIfSet()
    const to = Math.min(from + ROWS_BETWEEN_LOOKS, end)
    const right = rights + 4 * (from - left + start)
    const leftsEnd = kernel.divide(rows + 4 * from, rows + 4 * to, codes, goesLeft, lefts + 4 * left, right) >>> 0
    left = (leftsEnd - lefts) / 4
  }
  return left - start
}
