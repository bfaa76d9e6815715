// Extremely randomized trees that classify.
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { fitClassTrees, type TreePlan } from './fit-trees.ts'
import { FittedTreeClassifier } from './fitted-trees.ts'
import { extraTreesClassifierParameters } from './tree-parameters.ts'

/**
 * Extremely randomized trees (Geurts, Ernst and Wehenkel 2006): one threshold drawn for each of max_features drawn
 * columns, the best of them taken; all rows in each tree unless bootstrap is true. Categories: a random division. The
 * class probabilities of the trees are averaged.
 * The same for one seed on any number of threads.
 * Time O(trees × max_features × rows × depth / threads); memory 8 bytes a value at most, per thread 240 bytes a row,
 * and the trees: see planKernel.
 */
export class ExtraTreesClassifier implements Classifier {
  static readonly parameters = extraTreesClassifierParameters
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true }
  private readonly values: ParameterValues<typeof extraTreesClassifierParameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(extraTreesClassifierParameters, given)
  }

  /** Throws ParameterError, DataError, FitStopped. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTreeClassifier> {
    const { values } = this
    const plan: TreePlan = { growth: values, forest: values, splitter: 'random' }
    const grown = await fitClassTrees(x, y, context, plan, values.criterion, values.class_weight, sampleWeight)
    return new FittedTreeClassifier(grown.compact, grown.importances, grown.oobScore, grown.pools)
  }

  restore(state: EstimatorState): FittedTreeClassifier {
    return FittedTreeClassifier.restore(state)
  }
}
