// A forest whose trees' splits ml-random-forest finds.

import { RandomForestClassifier } from 'ml-random-forest'
import { requireColumnCount } from '../learning/column-count.ts'
import { ParameterError, StateError } from '../learning/errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext, FittedClassifier } from '../learning/estimator.ts'
import type { Matrix, RowBlock } from '../learning/matrix.ts'
import {
  choice,
  countOf,
  countOrShare,
  flag,
  integer,
  none,
  type ParameterValues,
  parameter,
  readParameters,
  tellReadings,
} from '../learning/parameters.ts'
import { Random } from '../learning/random.ts'
import { ROOT_ONLY } from './cart-classifier.ts'
import { checkRows, shapeOf } from './check-rows.ts'
import { addLeafShares, type FlatTree, treeOf } from './flat-tree.ts'
import { growTree, type SplitSearch, TreeData } from './grow-tree.ts'
import { pauseOf } from './pause.ts'
import { treeLimits, treeParameters } from './tree-parameters.ts'

/** One tree of the rows and the column that it is given, with nothing drawn. */
const ONE_TREE = {
  nEstimators: 1,
  maxFeatures: 1,
  replacement: false,
  useSampleBagging: false,
  noOOB: true,
  seed: 0,
  treeOptions: ROOT_ONLY,
}

/**
 * scikit-learn's RandomForestClassifier (Breiman 2001): rows drawn for each tree, columns for each node among those that
 * vary in it. The package would draw columns once for a tree, some of them twice, and the first rows for max_samples:
 * so what is drawn is drawn here, and the package searches the splits, one column of one node at a time.
 * Time O(trees × rows² × columns drawn). A fit can be stopped between the columns of each node, not
 * within one search of one column.
 */
export class ForestClassifier implements Classifier {
  static readonly parameters = {
    n_estimators: parameter(100, integer({ min: 1, max: 100_000 })),
    ...treeParameters,
    /** Columns that a node draws: a count, a share of them, rounded down but at least 1, or null: all. */
    max_features: parameter('sqrt', choice('sqrt', 'log2'), countOrShare('columns'), none),
    bootstrap: parameter(true, flag),
    /** Rows drawn for a tree: a count, a share of them, or null: as many as there are. */
    max_samples: parameter(null, none, countOrShare('rows')),
    /** Taken and ignored: the package knows one thread. */
    n_jobs: parameter(null, none, integer()),
    verbose: parameter(0, integer({ min: 0 })),
  }
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, weights: false }
  private readonly given: ParameterValues<typeof ForestClassifier.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(ForestClassifier.parameters, given)
    if (!this.given.bootstrap && this.given.max_samples !== null) {
      throw new ParameterError([{ parameter: 'max_samples', message: 'expected null when bootstrap is false' }])
    }
  }

  /** x: finite numbers. Throws DataError for rows that checkRows refuses, ParameterError, FitStopped. */
  async fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClassifier> {
    checkRows(x, sampleWeight)
    tellReadings(ForestClassifier.parameters, this.given, context)
    const { n_estimators: treeCount, bootstrap, max_features, random_state } = this.given
    const sampleCount = this.countSamples(x.rowCount)
    const drawnCount = countDrawn(max_features, x.columns.length)
    const data = new TreeData(x, y)
    const pause = pauseOf(context)
    const trees: FlatTree[] = []
    for (let t = 0; t < treeCount; t++) {
      const random = new Random(random_state ?? context.seed, t)
      const rows = Int32Array.from({ length: sampleCount }, (_, i) => (bootstrap ? random.integer(x.rowCount) : i))
      if (!bootstrap) random.shuffle(rows)
      trees.push(
        await growTree(data, rows, treeLimits(this.given, sampleCount), forestSearch(random, drawnCount), pause),
      )
      if ((t + 1) % Math.ceil(treeCount / 200) === 0 || t + 1 === treeCount) context.report(t + 1, treeCount, 'trees')
    }
    return new FittedForest(trees, x.columns.length, y.classNames.length)
  }

  restore(state: EstimatorState): FittedClassifier {
    const { columnCount, classCount } = shapeOf(state)
    const { trees } = state
    if (!Array.isArray(trees) || trees.length === 0) throw new StateError('expected a list of trees')
    const restored = trees.map((tree: EstimatorState | null) => {
      if (typeof tree !== 'object' || tree === null) throw new StateError('expected a tree')
      return treeOf(tree, columnCount, classCount)
    })
    return new FittedForest(restored, columnCount, classCount)
  }

  private countSamples(rowCount: number): number {
    const { max_samples: given } = this.given
    if (given === null) return rowCount
    const count = countOf(given, rowCount)
    if (count <= rowCount) return count
    throw new ParameterError([{ parameter: 'max_samples', message: `expected at most the ${rowCount} training rows` }])
  }
}

/** Columns that a node draws, as scikit-learn counts them; more than there are means all. */
function countDrawn(given: number | 'sqrt' | 'log2' | null, columnCount: number): number {
  if (given === null) return columnCount
  if (given === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(columnCount)))
  if (given === 'log2') return Math.max(1, Math.floor(Math.log2(columnCount)))
  return Math.min(countOf(given, columnCount), columnCount)
}

function forestSearch(random: Random, drawnCount: number): SplitSearch {
  return {
    chooseColumns: (varying) => drawFrom(varying, drawnCount, random),
    root(rows, codes) {
      const forest = new RandomForestClassifier(ONE_TREE)
      forest.train(rows, codes)
      const { splitValue = -1, gain } = (forest.estimators[0] as (typeof forest.estimators)[0]).root
      return { rank: splitValue, gain }
    },
  }
}

/** `count` of the values, or all when there are fewer, without repetition (the first steps of a Fisher-Yates shuffle). */
function drawFrom(values: readonly number[], count: number, random: Random): number[] {
  const drawn = [...values]
  const drawnCount = Math.min(count, drawn.length)
  for (let i = 0; i < drawnCount; i++) {
    const j = i + random.integer(drawn.length - i)
    const held = drawn[i] as number
    drawn[i] = drawn[j] as number
    drawn[j] = held
  }
  return drawn.slice(0, drawnCount)
}

class FittedForest implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly trees: readonly FlatTree[]

  constructor(trees: readonly FlatTree[], columnCount: number, classCount: number) {
    this.trees = trees
    this.columnCount = columnCount
    this.classCount = classCount
  }

  /** The mean of the trees' votes; the vote of a tree are the shares of the classes in its leaf, as in scikit-learn. */
  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const votes = new Float64Array(x.rowCount * this.classCount)
    for (const tree of this.trees) addLeafShares(tree, x, this.classCount, votes)
    return votes.map((vote) => vote / this.trees.length)
  }

  toState(): EstimatorState {
    const trees = this.trees.map((tree) => ({ ...tree }))
    return { columnCount: this.columnCount, classCount: this.classCount, trees }
  }
}
