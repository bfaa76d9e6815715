// Least squares with an L2 penalty.
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import { type Matrix, toDense } from '../matrix.ts'
import {
  choice,
  flag,
  integer,
  none,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
} from '../parameters.ts'
import { type FittedLinearRegressor, fittedFrom, restoreLinearRegressor } from './fitted-linear-regressor.ts'
import { solveLeastSquares } from './least-squares.ts'
import { prepareRegression } from './regression-design.ts'
import { fitSparseSquares } from './sparse-least-squares.ts'

const parameters = {
  alpha: parameter(1, real({ min: 0 })),
  fit_intercept: parameter(true, flag),
  /** These four are taken and ignored: the solution is exact, whatever scikit-learn's solver would be. */
  max_iter: parameter<number | null>(null, none, integer({ min: 1 })),
  tol: parameter(1e-4, real({ min: 0 })),
  solver: parameter('auto', choice('auto', 'cholesky', 'svd')),
  random_state: randomState,
}

/**
 * Minimizes Σ weight · (y − x·w − b)² + alpha · ‖w‖², as scikit-learn's Ridge: the intercept b is not penalized.
 * The method is in least-squares.ts, that of sparse columns, and of those that are 0 and rarely 1, in
 * sparse-least-squares.ts. Time and memory as for LinearRegression; where columns are 0 and rarely 1, the others are copied.
 */
export class Ridge implements Regressor {
  static readonly parameters = parameters
  readonly kind = 'regressor'
  readonly abilities = { missing: false, categories: false, sparse: true }
  private readonly values: ParameterValues<typeof parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(parameters, given)
  }

  async fit(
    x: Matrix,
    y: Float64Array,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedLinearRegressor> {
    const { alpha, fit_intercept } = this.values
    context.report(0, 1, 'least squares')
    const ofSparse = { alpha, fitIntercept: fit_intercept, findsIndicators: alpha > 0 }
    const fitted = await fitSparseSquares(x, y, ofSparse, context, sampleWeight)
    if (fitted !== undefined) {
      context.report(1, 1, 'least squares')
      return fitted
    }
    const dense = toDense(x)
    const prepared = prepareRegression(dense, y, fit_intercept, sampleWeight)
    // What rounding alone makes of a singular value of 0 (NumPy's matrix_rank), on which scikit-learn's "svd" divides.
    const rankTolerance = Number.EPSILON * Math.max(x.rowCount, dense.columns.length)
    const options = { alpha, rankTolerance }
    const { coefficients } = await solveLeastSquares(prepared, options, context)
    context.report(1, 1, 'least squares')
    return fittedFrom(prepared, coefficients, dense.columns.length, { isConverged: true, iterations: 1 })
  }

  restore(state: EstimatorState): FittedLinearRegressor {
    return restoreLinearRegressor(state)
  }
}
