// Extremely randomized trees that predict numbers.
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { fitNumberTrees, type TreePlan } from './fit-trees.ts'
import { FittedTreeRegressor } from './fitted-trees.ts'
import { extraTreesRegressorParameters } from './tree-parameters.ts'

/**
 * Extremely randomized trees (Geurts, Ernst and Wehenkel 2006): one threshold drawn for each of max_features drawn
 * columns, the best of them taken; all rows in each tree unless bootstrap is true. Categories: a random division. The
 * values of the trees are averaged.
 * The same for one seed on any number of threads.
 * Time O(trees × max_features × rows × depth / threads); memory 8 bytes a value at most, per thread 240 bytes a row,
 * and the trees: see planKernel.
 */
export class ExtraTreesRegressor implements Regressor {
  static readonly parameters = extraTreesRegressorParameters
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true }
  private readonly values: ParameterValues<typeof extraTreesRegressorParameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(extraTreesRegressorParameters, given)
  }

  /** Throws ParameterError, DataError, FitStopped. */
  async fit(
    x: Matrix,
    y: Float64Array,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTreeRegressor> {
    const { values } = this
    const plan: TreePlan = { growth: values, forest: values, splitter: 'random' }
    const grown = await fitNumberTrees(x, y, context, plan, values.criterion, sampleWeight)
    return new FittedTreeRegressor(grown.compact, grown.importances, grown.oobScore, grown.pools)
  }

  restore(state: EstimatorState): FittedTreeRegressor {
    return FittedTreeRegressor.restore(state)
  }
}
