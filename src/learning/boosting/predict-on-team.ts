// Outputs of boosted trees for many rows, spread over the threads of a team.
import type { RowBlock } from '../matrix.ts'
import { inSharedMemory, sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TeamMember, ThreadTeam } from '../parallel/thread-team.ts'
import { QuickScorer } from './quick-scorer/quick-scorer.ts'
import type { ScorableTrees } from './quick-scorer/scorable-trees.ts'
import type { TreeScorer } from './tree-scorer.ts'
import { TreeWalker, type WalkableTrees } from './tree-walker.ts'
import { TREE_BYTES } from './walk-module.ts'

/** Rows that a thread takes at a time. */
const SHARE_ROWS = 512
/** Rows × trees from which a second thread pays: a walk takes some ten nanoseconds, QuickScorer a third of that. */
const SHARED_WALKS_MIN = 200_000

interface ScoreInput {
  readonly trees: WalkableTrees
  readonly scorable: ScorableTrees | null
  readonly values: Float64Array
  readonly rowCount: number
  readonly raw: Float64Array
  /** The first row that nobody has taken. */
  readonly next: Int32Array
}

/**
 * The same as of one thread: each row is summed in the order of the trees by one thread. Copies the rows into shared
 * memory, where several threads pay. Throws FitStopped.
 */
export async function scoreOnTeam(
  scorer: TreeScorer,
  team: ThreadTeam,
  { rowCount, values }: RowBlock,
  stop: StopFlag,
): Promise<Float64Array> {
  const { trees } = scorer
  if (team.threadCount === 1 || rowCount * (trees.trees.byteLength / TREE_BYTES) < SHARED_WALKS_MIN) {
    return scoreAlone(scorer, rowCount, values, stop)
  }
  const input: ScoreInput = {
    trees,
    scorable: scorer.scorableFor(rowCount),
    values: inSharedMemory(values),
    rowCount,
    raw: sharedFloat64(rowCount * trees.outputs),
    next: sharedInt32(1),
  }
  await team.run(scoreShares, PLACE, input, stop)
  return input.raw.slice()
}

function scoreAlone(scorer: TreeScorer, rowCount: number, values: Float64Array, stop: StopFlag): Float64Array {
  const raw = new Float64Array(rowCount * scorer.trees.outputs)
  scorer.scorableFor(rowCount)
  for (let start = 0; start < rowCount; start += SHARE_ROWS) {
    stop.throwIfSet()
    scorer.write(values, start, Math.min(start + SHARE_ROWS, rowCount), raw)
  }
  return raw
}

const PLACE = { module: import.meta.url, exportName: 'scoreShares' }

export function scoreShares({ trees, scorable, values, rowCount, raw, next }: ScoreInput, { stop }: TeamMember): void {
  const scorer = scorable === null ? new TreeWalker(trees) : new QuickScorer(trees, scorable)
  for (;;) {
    stop.throwIfSet()
    const start = Atomics.add(next, 0, SHARE_ROWS)
    if (start >= rowCount) return
    scorer.write(values, start, Math.min(start + SHARE_ROWS, rowCount), raw)
  }
}
