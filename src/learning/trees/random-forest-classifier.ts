// A random forest that classifies.
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { fitClassTrees, type TreePlan } from './fit-trees.ts'
import { FittedTreeClassifier } from './fitted-trees.ts'
import { randomForestClassifierParameters } from './tree-parameters.ts'

/**
 * Random forest (Breiman 2001): trees on bootstrap samples, each split the best among max_features drawn columns. The
 * class probabilities of the trees are averaged.
 * The trees are those of DecisionTreeClassifier. The same for one seed on any number of threads.
 * Sample weights act on the chance of a row to be drawn, as in scikit-learn 1.9; max_samples as a fraction is of the
 * rows, not of their weights.
 * Time O(trees × max_features × rows × depth / threads); memory about 24 bytes a value at most, per thread 240
 * bytes a row, and the trees: see planKernel.
 */
export class RandomForestClassifier implements Classifier {
  static readonly parameters = randomForestClassifierParameters
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true }
  private readonly values: ParameterValues<typeof randomForestClassifierParameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(randomForestClassifierParameters, given)
  }

  /** Throws ParameterError, DataError, FitStopped. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTreeClassifier> {
    const { values } = this
    const plan: TreePlan = { growth: values, forest: values, splitter: 'best' }
    const grown = await fitClassTrees(x, y, context, plan, values.criterion, values.class_weight, sampleWeight)
    return new FittedTreeClassifier(grown.compact, grown.importances, grown.oobScore, grown.pools)
  }

  restore(state: EstimatorState): FittedTreeClassifier {
    return FittedTreeClassifier.restore(state)
  }
}
