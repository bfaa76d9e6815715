// A decision tree whose splits ml-cart finds.

import { DecisionTreeClassifier } from 'ml-cart'
import { requireColumnCount } from '../learning/column-count.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext, FittedClassifier } from '../learning/estimator.ts'
import type { Matrix, RowBlock } from '../learning/matrix.ts'
import { choice, type ParameterValues, parameter, readParameters, tellReadings } from '../learning/parameters.ts'
import { Random } from '../learning/random.ts'
import { checkRows, shapeOf } from './check-rows.ts'
import { addLeafShares, type FlatTree, treeOf } from './flat-tree.ts'
import { growTree, type SplitSearch, TreeData } from './grow-tree.ts'
import { pauseOf } from './pause.ts'
import { treeLimits, treeParameters } from './tree-parameters.ts'

/** A tree of depth 0 is its root alone, which still holds the best split that the package found. */
export const ROOT_ONLY = { maxDepth: 0, minNumSamples: 1, gainThreshold: 0 }

/**
 * scikit-learn's DecisionTreeClassifier with the Gini impurity, but for ties between equally good splits: the first
 * column wins. Nothing is drawn; random_state is taken and ignored.
 * The package takes O(rows² × columns) for the root. A fit can be stopped between the columns of each node: not within
 * one search of one column, which takes seconds from some 5,000 rows.
 */
export class CartClassifier implements Classifier {
  static readonly parameters = { ...treeParameters, splitter: parameter('best', choice('best')) }
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, weights: false }
  private readonly given: ParameterValues<typeof CartClassifier.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(CartClassifier.parameters, given)
  }

  /** x: finite numbers. Throws DataError for rows that checkRows refuses, FitStopped. */
  async fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClassifier> {
    checkRows(x, sampleWeight)
    tellReadings(CartClassifier.parameters, this.given, context)
    const rows = Int32Array.from({ length: x.rowCount }, (_, i) => i)
    // The package is slow on rows that are sorted by class: it looks up the first row of the class of each row.
    new Random(0).shuffle(rows)
    const limits = treeLimits(this.given, x.rowCount)
    const tree = await growTree(new TreeData(x, y), rows, limits, cartSearch, pauseOf(context))
    context.report(1, 1, 'tree')
    return new FittedCart(tree, x.columns.length, y.classNames.length)
  }

  restore(state: EstimatorState): FittedClassifier {
    const { columnCount, classCount } = shapeOf(state)
    return new FittedCart(treeOf(state, columnCount, classCount), columnCount, classCount)
  }
}

const cartSearch: SplitSearch = {
  chooseColumns: (varying) => varying,
  root(rows, codes) {
    const tree = new DecisionTreeClassifier(ROOT_ONLY)
    tree.train(rows, codes)
    return { rank: tree.root.splitValue ?? -1, gain: tree.root.gain }
  },
}

class FittedCart implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly tree: FlatTree

  constructor(tree: FlatTree, columnCount: number, classCount: number) {
    this.tree = tree
    this.columnCount = columnCount
    this.classCount = classCount
  }

  /** The shares of the classes in the leaf of each row. */
  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const shares = new Float64Array(x.rowCount * this.classCount)
    addLeafShares(this.tree, x, this.classCount, shares)
    return shares
  }

  toState(): EstimatorState {
    return { columnCount: this.columnCount, classCount: this.classCount, ...this.tree }
  }
}
