// Outputs of boosted trees for many rows, spread over the threads of a team.
import type { RowBlock } from '../matrix.ts'
import { inSharedMemory, sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TeamMember, ThreadTeam } from '../parallel/thread-team.ts'
import { TreeWalker, type WalkableTrees } from './tree-walker.ts'
import { TREE_BYTES } from './walk-module.ts'

/** Rows that a thread takes at a time. */
const SHARE_ROWS = 512
/** Rows × trees from which a second thread pays: a walk takes some ten nanoseconds. */
const SHARED_WALKS_MIN = 200_000

interface WalkInput {
  readonly trees: WalkableTrees
  readonly values: Float64Array
  readonly rowCount: number
  readonly raw: Float64Array
  /** The first row that nobody has taken. */
  readonly next: Int32Array
}

/**
 * The same as of one thread: each row is summed in the order of the trees by one thread. Copies the rows into shared
 * memory. Throws FitStopped.
 */
export async function walkOnTeam(
  trees: WalkableTrees,
  team: ThreadTeam,
  { rowCount, values }: RowBlock,
  stop: StopFlag,
): Promise<Float64Array> {
  const isShared = team.threadCount > 1 && rowCount * (trees.trees.byteLength / TREE_BYTES) >= SHARED_WALKS_MIN
  const input: WalkInput = {
    trees,
    values: isShared ? inSharedMemory(values) : values,
    rowCount,
    raw: isShared ? sharedFloat64(rowCount * trees.outputs) : new Float64Array(rowCount * trees.outputs),
    next: sharedInt32(1),
  }
  await team.run(walkShares, PLACE, input, stop, isShared ? team.threadCount : 1)
  return isShared ? input.raw.slice() : input.raw
}

const PLACE = { module: import.meta.url, exportName: 'walkShares' }

export function walkShares({ trees, values, rowCount, raw, next }: WalkInput, { stop }: TeamMember): void {
  const walker = new TreeWalker(trees)
  for (;;) {
    stop.throwIfSet()
    const start = Atomics.add(next, 0, SHARE_ROWS)
    if (start >= rowCount) return
    walker.write(values, start, Math.min(start + SHARE_ROWS, rowCount), raw)
  }
}
