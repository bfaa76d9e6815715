// A single regression tree.
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { fitNumberTrees, ONE_TREE, type TreePlan } from './fit-trees.ts'
import { FittedTreeRegressor } from './fitted-trees.ts'
import { treeRegressorParameters } from './tree-parameters.ts'

/**
 * CART (Breiman, Friedman, Olshen and Stone 1984), every cut of every column looked at. Missing values go to the side
 * that is better, tried for each cut; where a column had none, to the side with more rows. Categories are ordered, then
 * cut: by their mean, which holds the best split for squared error; what such a cut gains by chance does not count
 * (LevelEvidence). Of more than 4,096 categories in a column the rarest are pooled.
 *
 * Equal to scikit-learn 1.9 where no two splits are equally good; of equally good columns it takes one by chance
 * (random_state), as scikit-learn does, and of the column's cuts the lowest.
 * Time O(columns × rows × depth); memory about 24 bytes a value at most, and 240 a row: see planKernel.
 */
export class DecisionTreeRegressor implements Regressor {
  static readonly parameters = treeRegressorParameters
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true }
  private readonly values: ParameterValues<typeof treeRegressorParameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(treeRegressorParameters, given)
  }

  /** Throws ParameterError, DataError, FitStopped. */
  async fit(
    x: Matrix,
    y: Float64Array,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTreeRegressor> {
    const { values } = this
    const plan: TreePlan = { growth: values, forest: ONE_TREE, splitter: values.splitter }
    const grown = await fitNumberTrees(x, y, context, plan, values.criterion, sampleWeight)
    return new FittedTreeRegressor(grown.compact, grown.importances, grown.oobScore, grown.pools)
  }

  restore(state: EstimatorState): FittedTreeRegressor {
    return FittedTreeRegressor.restore(state)
  }
}
