// Predictions of many rows, spread over the threads of a team.
import type { RowBlock } from '../matrix.ts'
import { inSharedMemory, sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TeamMember, ThreadTeam } from '../parallel/thread-team.ts'
import { sumLeaves } from './walk.ts'
import type { WalkableForest } from './walkable-forest.ts'
import { Walker } from './walker.ts'

const ROWS_AT_ONCE_MAX = 1024
const ROWS_AT_ONCE_MIN = 128
/** Rows × trees that are worth a thread: fewer are walked while it wakes up. */
const WALKS_MIN = 32_768

interface WalkInput {
  readonly forest: WalkableForest
  readonly x: RowBlock
  readonly means: Float64Array
  readonly counter: Int32Array
  readonly rowsAtOnce: number
}

/**
 * The means over all trees, per row and class (one per row for regression), equal to those of one thread: every row is
 * summed in the order of the trees by one thread. Copies x into shared memory. Throws FitStopped.
 */
export async function walkOnTeam(walker: Walker, team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
  const { forest } = walker
  const width = Math.max(1, forest.classCount)
  const means = sharedFloat64(x.rowCount * width)
  const counter = sharedInt32(1)
  const paying = Math.min(x.rowCount / ROWS_AT_ONCE_MIN, (x.rowCount * forest.roots.length) / WALKS_MIN)
  const threadCount = Math.max(1, Math.min(team.threadCount, Math.floor(paying)))
  const share = Math.ceil(x.rowCount / (2 * threadCount))
  const rowsAtOnce = Math.max(ROWS_AT_ONCE_MIN, Math.min(ROWS_AT_ONCE_MAX, share))
  const shared = threadCount > 1 ? { ...x, values: inSharedMemory(x.values) } : x
  const place = { module: import.meta.url, exportName: 'walkShare' }
  // The caller's own thread has a walker already; the others find walkShare by its name.
  const own = (input: WalkInput, member: TeamMember) => walkRows(walker, input, member)
  await team.run(own, place, { forest, x: shared, means, counter, rowsAtOnce }, stop, threadCount)
  return means.slice()
}

export function walkShare(input: WalkInput, member: TeamMember): void {
  walkRows(new Walker(input.forest), input, member)
}

function walkRows(walker: Walker, { forest, x, means, counter, rowsAtOnce }: WalkInput, { stop }: TeamMember): void {
  const width = Math.max(1, forest.classCount)
  for (;;) {
    stop.throwIfSet()
    const start = Atomics.add(counter, 0, rowsAtOnce)
    if (start >= x.rowCount) return
    const end = Math.min(x.rowCount, start + rowsAtOnce)
    const part = means.subarray(start * width, end * width)
    sumLeaves(walker, x, start, end, part, forest.roots.length)
  }
}
