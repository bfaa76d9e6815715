// A random forest that predicts numbers.
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { fitNumberTrees, type TreePlan } from './fit-trees.ts'
import { FittedTreeRegressor } from './fitted-trees.ts'
import { randomForestRegressorParameters } from './tree-parameters.ts'

/**
 * Random forest (Breiman 2001): trees on bootstrap samples, each split the best among max_features drawn columns. The
 * values of the trees are averaged.
 * The trees are those of DecisionTreeRegressor. The same for one seed on any number of threads.
 * Sample weights act on the chance of a row to be drawn, as in scikit-learn 1.9; max_samples as a fraction is of the
 * rows, not of their weights.
 * Time O(trees × max_features × rows × depth / threads); memory about 24 bytes a value at most, per thread 240
 * bytes a row, and the trees: see planKernel.
 */
export class RandomForestRegressor implements Regressor {
  static readonly parameters = randomForestRegressorParameters
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true }
  private readonly values: ParameterValues<typeof randomForestRegressorParameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(randomForestRegressorParameters, given)
  }

  /** Throws ParameterError, DataError, FitStopped. */
  async fit(
    x: Matrix,
    y: Float64Array,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTreeRegressor> {
    const { values } = this
    const plan: TreePlan = { growth: values, forest: values, splitter: 'best' }
    const grown = await fitNumberTrees(x, y, context, plan, values.criterion, sampleWeight)
    return new FittedTreeRegressor(grown.compact, grown.importances, grown.oobScore, grown.pools)
  }

  restore(state: EstimatorState): FittedTreeRegressor {
    return FittedTreeRegressor.restore(state)
  }
}
