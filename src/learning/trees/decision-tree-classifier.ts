// A single classification tree.
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { fitClassTrees, ONE_TREE, type TreePlan } from './fit-trees.ts'
import { FittedTreeClassifier } from './fitted-trees.ts'
import { treeClassifierParameters } from './tree-parameters.ts'

/**
 * CART (Breiman, Friedman, Olshen and Stone 1984), every cut of every column looked at. Missing values go to the side
 * that is better, tried for each cut; where a column had none, to the side with more rows. Categories are ordered, then
 * cut: by the share of one class (the best split with two), or along the first principal component of
 * the class probabilities (a heuristic with more); what such a cut gains by chance does not count (LevelEvidence). Of more
 * than 4,096 categories in a column the rarest are pooled.
 *
 * Equal to scikit-learn 1.9 where no two splits are equally good; of equally good columns it takes one by chance
 * (random_state), as scikit-learn does, and of the column's cuts the lowest.
 * Time O(columns × rows × depth); memory about 24 bytes a value at most, and 240 a row: see planKernel.
 */
export class DecisionTreeClassifier implements Classifier {
  static readonly parameters = treeClassifierParameters
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true }
  private readonly values: ParameterValues<typeof treeClassifierParameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(treeClassifierParameters, given)
  }

  /** Throws ParameterError, DataError, FitStopped. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTreeClassifier> {
    const { values } = this
    const plan: TreePlan = { growth: values, forest: ONE_TREE, splitter: values.splitter }
    const grown = await fitClassTrees(x, y, context, plan, values.criterion, values.class_weight, sampleWeight)
    return new FittedTreeClassifier(grown.compact, grown.importances, grown.oobScore, grown.pools)
  }

  restore(state: EstimatorState): FittedTreeClassifier {
    return FittedTreeClassifier.restore(state)
  }
}
