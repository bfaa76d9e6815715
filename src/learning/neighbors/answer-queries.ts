// Answers for a block of queries, in one thread or several.
import { requireColumnCount } from '../column-count.ts'
import { turn } from '../fit-context.ts'
import type { RowBlock } from '../matrix.ts'
import { sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { TaskPlace, TeamMember, ThreadTeam } from '../parallel/thread-team.ts'
import { answerWidth, type Ballot, castVotes, type Nearest, overallAnswer } from './ballot.ts'
import type { NeighborIndex } from './neighbor-index.ts'
import { NeighborSearcher } from './neighbor-searcher.ts'

/** What all threads need to answer. */
export interface Poll {
  readonly index: NeighborIndex
  readonly ballot: Ballot
  readonly neighborCount: number
}

/** The answers, row-major. Allocates nothing but them. Throws DataError when the queries have other columns. */
export function answerQueries(poll: Poll, searcher: NeighborSearcher, x: RowBlock): Float64Array {
  requireColumnCount(poll.index.columnCount, x)
  const answers = new Float64Array(x.rowCount * answerWidth(poll.ballot))
  const overall = overallOnDemand(poll)
  for (let first = 0; first < x.rowCount; first += searcher.batchSize) {
    const count = Math.min(searcher.batchSize, x.rowCount - first)
    answerBatch(poll, searcher, x.values, first, count, answers, overall)
  }
  return answers
}

/**
 * The same, spread over the threads of a team, which take batch after batch. Throws FitStopped, DataError.
 * Memory: one copy of the queries and one of the answers, in shared memory.
 */
export async function answerQueriesOn(
  team: ThreadTeam,
  poll: Poll,
  x: RowBlock,
  stop: StopFlag,
): Promise<Float64Array> {
  requireColumnCount(poll.index.columnCount, x)
  const length = x.rowCount * poll.index.columnCount
  const queries = sharedFloat64(length)
  queries.set(x.values.subarray(0, length))
  const answers = sharedFloat64(x.rowCount * answerWidth(poll.ballot))
  const next = sharedInt32(1)
  const input: SharedQueries = { poll, queries, rowCount: x.rowCount, answers, next }
  const count = workOf(poll, x.rowCount) < THREADS_WORK_MIN ? 1 : team.threadCount
  await team.run(takeBatches, PLACE, input, stop, count)
  return new Float64Array(answers)
}

interface SharedQueries {
  readonly poll: Poll
  readonly queries: Float64Array
  readonly rowCount: number
  readonly answers: Float64Array
  /** The first query that nobody has taken. */
  readonly next: Int32Array
}

const PLACE: TaskPlace = { module: import.meta.url, exportName: 'takeBatches' }
const TURN_MS = 40
/** Values compared, below which a second thread costs more time than it saves. */
const THREADS_WORK_MIN = 4_000_000

/** A team's task: answers batches of queries until none is left. */
export async function takeBatches(input: SharedQueries, { index, stop }: TeamMember): Promise<void> {
  const { poll, queries, rowCount, answers, next } = input
  const searcher = new NeighborSearcher(poll.index, poll.neighborCount)
  const overall = overallOnDemand(poll)
  let turned = performance.now()
  for (;;) {
    const first = Atomics.add(next, 0, searcher.batchSize)
    if (first >= rowCount) return
    stop.throwIfSet()
    const count = Math.min(searcher.batchSize, rowCount - first)
    answerBatch(poll, searcher, queries, first, count, answers, overall, stop)
    if (index === 0 && performance.now() - turned > TURN_MS) {
      await turn()
      turned = performance.now()
    }
  }
}

function answerBatch(
  { ballot, index }: Poll,
  searcher: NeighborSearcher,
  values: Float64Array,
  first: number,
  count: number,
  answers: Float64Array,
  overall: () => Float64Array,
  stop?: StopFlag,
): void {
  searcher.search(values, first, count, stop)
  const width = answerWidth(ballot)
  for (let q = 0; q < count; q++) {
    const nearest = searcher.nearest[q] as Nearest
    const at = (first + q) * width
    if (nearest.size > 0) castVotes(ballot, nearest, index.p, answers, at)
    else answers.set(overall(), at)
  }
}

/** What all rows say, looked up when the first query asks for it. */
function overallOnDemand({ ballot }: Poll): () => Float64Array {
  let answer: Float64Array | undefined
  return () => (answer ??= overallAnswer(ballot))
}

/** A tree looks at few rows of many; its logarithm is near enough. */
function workOf({ index }: Poll, queryCount: number): number {
  const rowsSeen = index.tree === null ? index.rowCount : 100 * Math.log2(2 + index.rowCount)
  return queryCount * rowsSeen * index.columnCount
}
