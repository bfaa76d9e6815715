// Isolation forest: rows that random cuts soon set apart are anomalies.
import { DataError, ParameterError } from '../errors.ts'
import type { AnomalyDetector, EstimatorState, FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { type Matrix, requireDense } from '../matrix.ts'
import { inSharedMemory, int32InSharedMemory, sharedFloat64, sharedInt32 } from '../parallel/shared-arrays.ts'
import {
  choice,
  countOf,
  countOrShare,
  flag,
  integer,
  none,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
  tellReadings,
} from '../parameters.ts'
import { FittedIsolationForest } from './fitted-isolation-forest.ts'
import type { ForestState } from './forest-state.ts'
import { BLOCK_ROWS, type GrowInput, growTrees, type ScoreInput, scoreRows } from './forest-task.ts'
import type { IsolationTree } from './isolation-tree.ts'

const parameters = {
  n_estimators: parameter(100, integer({ min: 1 })),
  /** Rows of each tree: "auto" is 256; above 1 a count, all rows where there are fewer; up to 1 a fraction. */
  max_samples: parameter<'auto' | number>('auto', choice('auto'), countOrShare('rows')),
  /** The share of the fitted rows that are to be anomalies; "auto" sets the limit of the paper, a score of −0.5. */
  contamination: parameter<'auto' | number>('auto', choice('auto'), real({ above: 0, max: 0.5 })),
  /** Columns of each tree: above 1 a count, up to 1 a fraction. */
  max_features: parameter(1, countOrShare('columns')),
  /** Draw a tree's rows with replacement. As in scikit-learn a row that is drawn twice counts once. */
  bootstrap: parameter(false, flag),
  random_state: randomState,
  /** Taken and ignored: the threads are those of the fit's team. */
  n_jobs: parameter<number | null>(null, none, integer()),
  /** Taken and ignored: progress goes to the fit's context. */
  verbose: parameter<number | boolean>(0, integer({ min: 0 }), flag),
}

/**
 * The isolation forest of Liu, Ting and Zhou 2008, with scikit-learn's parameters and scores. Values are compared
 * as float64.
 *
 * Weights are the chance of a row to be drawn for a tree; rows of weight 0 count as absent. Missing values: see
 * isolation-tree.ts.
 *
 * Time O(trees × rows of a tree × depth), and with a contamination rows × trees × depth to score the fitted rows.
 * Memory: 17 bytes a node, at most 2 · rows of a tree a tree; 29 bytes a row and thread while growing; 16 bytes a row;
 * a shared copy of the columns where several threads work and the columns are not shared already.
 * Throws ParameterError when max_features is more than the columns; DataError for no rows or no columns.
 */
export class IsolationForest implements AnomalyDetector {
  static readonly parameters = parameters
  readonly kind = 'anomaly_detector'
  readonly abilities = { missing: true, categories: false }
  private readonly given: ParameterValues<typeof parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(parameters, given)
  }

  async fit(x: Matrix, context: FitContext, sampleWeight?: Float64Array): Promise<FittedIsolationForest> {
    requireDense(x, 'isolation_forest')
    const { n_estimators, max_samples, contamination, max_features, bootstrap, random_state } = this.given
    tellReadings(parameters, this.given, context)
    const columnCount = x.columns.length
    const { present, cumulativeWeights } = weighRows(x.rowCount, sampleWeight)
    if (columnCount === 0 || present.length === 0) {
      throw new DataError('isolation_forest needs at least one row and one column')
    }
    if (max_features > columnCount) {
      const message = `expected at most the number of columns, ${columnCount}, got ${max_features}`
      throw new ParameterError([{ parameter: 'max_features', message }])
    }
    const rowCount = present.length
    const sampleCount =
      max_samples === 'auto' ? Math.min(256, rowCount) : Math.min(countOf(max_samples, rowCount), rowCount)
    const featureCount = countOf(max_features, columnCount)
    const input: GrowInput = {
      columns: x.columns,
      present,
      cumulativeWeights,
      treeCount: n_estimators,
      sampleCount,
      featureCount,
      bootstrap,
      seed: random_state ?? context.seed,
      next: sharedInt32(1),
    }
    const isScored = contamination !== 'auto'
    const of = n_estimators + (isScored ? Math.ceil(rowCount / BLOCK_ROWS) : 0)
    const trees = await growForest(input, context, of)
    const forest = joinTrees(trees, columnCount, sampleCount)
    if (!isScored) return new FittedIsolationForest(forest)
    const scores = await scoreFitted({ columns: x.columns, forest, rows: present }, context, n_estimators, of)
    return new FittedIsolationForest({ ...forest, offset: percentile(scores, contamination) })
  }

  restore(state: EstimatorState): FittedIsolationForest {
    return FittedIsolationForest.restore(state)
  }
}

/** Below this many values to look at, threads cost more than they give. */
const SHARED_WORK_MIN = 5_000_000

async function growForest(input: GrowInput, context: FitContext, of: number): Promise<IsolationTree[]> {
  const { team, stop } = context
  const work = input.treeCount * input.sampleCount * Math.log2(input.sampleCount + 1)
  const threadCount = work < SHARED_WORK_MIN ? 1 : team.threadCount
  const shared = threadCount === 1 ? input : { ...input, ...share(input) }
  const place = { module: new URL('./forest-task.ts', import.meta.url).href, exportName: 'growTrees' }
  const trees = new Array<IsolationTree>(input.treeCount)
  let done = 0
  while (done < input.treeCount) {
    for (const [t, tree] of (await team.run(growTrees, place, shared, stop, threadCount)).flat()) {
      trees[t] = tree
      done++
    }
    context.report(done, of, 'trees')
    await turn()
  }
  return trees
}

async function scoreFitted(
  input: Pick<ScoreInput, 'columns' | 'forest' | 'rows'>,
  context: FitContext,
  before: number,
  of: number,
): Promise<Float64Array> {
  const { team, stop } = context
  const rowCount = input.rows.length
  const work = rowCount * input.forest.roots.length * Math.log2(input.forest.sampleCount + 1)
  const threadCount = work < SHARED_WORK_MIN ? 1 : team.threadCount
  const scores = sharedFloat64(rowCount)
  const next = sharedInt32(1)
  const shared = {
    ...input,
    ...(threadCount === 1 ? {} : { columns: input.columns.map(inSharedMemory) }),
    scores,
    next,
  }
  const place = { module: new URL('./forest-task.ts', import.meta.url).href, exportName: 'scoreRows' }
  while ((next[0] as number) * BLOCK_ROWS < rowCount) {
    await team.run(scoreRows, place, shared, stop, threadCount)
    context.report(Math.min(of, before + (next[0] as number)), of, 'scores of the fitted rows')
    await turn()
  }
  return scores
}

function joinTrees(trees: readonly IsolationTree[], columnCount: number, sampleCount: number): ForestState {
  const nodeCount = trees.reduce((sum, tree) => sum + tree.rights.length, 0)
  const forest = {
    columnCount,
    sampleCount,
    // The limit of the paper.
    offset: -0.5,
    roots: new Int32Array(trees.length),
    rights: new Int32Array(nodeCount),
    features: new Int32Array(nodeCount),
    values: new Float64Array(nodeCount),
    missingIsRight: new Uint8Array(nodeCount),
  }
  let root = 0
  trees.forEach((tree, t) => {
    forest.roots[t] = root
    forest.rights.set(tree.rights, root)
    forest.features.set(tree.features, root)
    forest.values.set(tree.values, root)
    forest.missingIsRight.set(tree.missingIsRight, root)
    root += tree.rights.length
  })
  return forest
}

/** The rows that have weight, and the sums of their weights where these differ. */
function weighRows(
  rowCount: number,
  weights: Float64Array | undefined,
): Pick<GrowInput, 'present' | 'cumulativeWeights'> {
  const all = Int32Array.from({ length: rowCount }, (_, i) => i)
  if (weights === undefined) return { present: all, cumulativeWeights: new Float64Array(0) }
  const present = all.filter((i) => (weights[i] as number) > 0)
  const first = weights[present[0] as number]
  if (present.every((i) => weights[i] === first)) return { present, cumulativeWeights: new Float64Array(0) }
  let total = 0
  const cumulativeWeights = Float64Array.from(present, (i) => {
    total += weights[i] as number
    return total
  })
  return { present, cumulativeWeights }
}

/** numpy.percentile(values, 100 · share): between the two nearest ranks, linearly. Puts the values into order. */
function percentile(values: Float64Array, share: number): number {
  values.sort()
  const rank = share * (values.length - 1)
  const below = values[Math.floor(rank)] as number
  const above = values[Math.ceil(rank)] as number
  return below + (above - below) * (rank - Math.floor(rank))
}

function share(input: GrowInput): Pick<GrowInput, 'columns' | 'present' | 'cumulativeWeights'> {
  return {
    columns: input.columns.map(inSharedMemory),
    present: int32InSharedMemory(input.present),
    cumulativeWeights: inSharedMemory(input.cumulativeWeights),
  }
}
