// What the threads of a team do for an isolation forest: grow trees, and score the rows it was grown from.
import type { TeamMember } from '../parallel/thread-team.ts'
import { Random } from '../random.ts'
import { drawByWeight, drawDifferent, drawWithReplacement } from './draw-rows.ts'
import { FittedIsolationForest } from './fitted-isolation-forest.ts'
import type { ForestState } from './forest-state.ts'
import { growIsolationTree, type IsolationTree } from './isolation-tree.ts'

/** All arrays lie in SharedArrayBuffers where more than one thread works. */
export interface GrowInput {
  readonly columns: readonly Float64Array[]
  /** The rows that have weight. */
  readonly present: Int32Array
  /** Sums of their weights, or empty when all are equal. */
  readonly cumulativeWeights: Float64Array
  readonly treeCount: number
  readonly sampleCount: number
  readonly featureCount: number
  readonly bootstrap: boolean
  readonly seed: number
  /** One number: the next tree to grow. */
  readonly next: Int32Array
}

/** How long a task keeps its threads before it lets the caller report. */
const BUDGET_MS = 40

/** Grows trees that nobody has begun until the time is up; each with its number. */
export async function growTrees(input: GrowInput, { stop }: TeamMember): Promise<[number, IsolationTree][]> {
  const { columns, present, cumulativeWeights, sampleCount, featureCount, bootstrap } = input
  const depthMax = Math.ceil(Math.log2(Math.max(sampleCount, 2)))
  const deadline = performance.now() + BUDGET_MS
  const grown: [number, IsolationTree][] = []
  do {
    const t = Atomics.add(input.next, 0, 1)
    if (t >= input.treeCount) break
    stop.throwIfSet()
    const random = new Random(input.seed, t)
    const features = drawDifferent(columns.length, featureCount, random)
    const rows =
      cumulativeWeights.length > 0
        ? drawByWeight(cumulativeWeights, sampleCount, bootstrap, random)
        : (bootstrap ? drawWithReplacement : drawDifferent)(present.length, sampleCount, random)
    for (let k = 0; k < rows.length; k++) rows[k] = present[rows[k] as number] as number
    grown.push([t, await growIsolationTree(columns, rows, features, depthMax, random, stop)])
  } while (performance.now() < deadline)
  return grown
}

export interface ScoreInput {
  readonly columns: readonly Float64Array[]
  readonly forest: ForestState
  /** The rows to score, and their scores. */
  readonly rows: Int32Array
  readonly scores: Float64Array
  /** One number: the next block to score. */
  readonly next: Int32Array
}

export const BLOCK_ROWS = 512

/** Scores blocks of rows that nobody has begun until the time is up. */
export function scoreRows({ columns, forest, rows, scores, next }: ScoreInput, { stop }: TeamMember): void {
  const fitted = new FittedIsolationForest(forest)
  const columnCount = columns.length
  const deadline = performance.now() + BUDGET_MS
  const values = new Float64Array(BLOCK_ROWS * columnCount)
  do {
    const start = BLOCK_ROWS * Atomics.add(next, 0, 1)
    if (start >= rows.length) return
    stop.throwIfSet()
    const rowCount = Math.min(BLOCK_ROWS, rows.length - start)
    for (let j = 0; j < columnCount; j++) {
      const column = columns[j] as Float64Array
      for (let i = 0; i < rowCount; i++) values[i * columnCount + j] = column[rows[start + i] as number] as number
    }
    const scored = fitted.scoreSamples({ rowCount, columnCount, values })
    for (let i = 0; i < rowCount; i++) scores[start + i] = scored[i] as number
  } while (performance.now() < deadline)
}
