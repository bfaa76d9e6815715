// Ordinary least squares.
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
import { flag, integer, none, type ParameterValues, parameter, readParameters, real } from '../parameters.ts'
import { type FittedLinearRegressor, fittedFrom, restoreLinearRegressor } from './fitted-linear-regressor.ts'
import { solveLeastSquares } from './least-squares.ts'
import { prepareRegression } from './regression-design.ts'

const parameters = {
  fit_intercept: parameter(true, flag),
  /** Singular values up to this part of the largest count as 0, as in scikit-learn 1.9. */
  tol: parameter(1e-6, real({ min: 0 })),
  /** Taken and ignored: the threads are the service's. */
  n_jobs: parameter<number | null>(null, none, integer()),
}

/**
 * Least squares as scikit-learn's LinearRegression: the solution of least norm where columns depend on each other.
 * The method is in least-squares.ts. O(rows · columns²). Memory beside the data: one √weight per row,
 * min(32e6, 8 · 32 · columns²) bytes for partial sums, and 4 · 8 · columns²; where that cannot be exact, a copy of the
 * data or of its triangle, and 16 · min(rows, columns)².
 */
export class LinearRegression implements Regressor {
  static readonly parameters = parameters
  readonly kind = 'regressor'
  readonly abilities = { missing: false, categories: false }
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
    const prepared = prepareRegression(x, y, this.values.fit_intercept, sampleWeight)
    context.report(0, 1, 'least squares')
    const options = { alpha: 0, rankTolerance: this.values.tol }
    const { coefficients } = await solveLeastSquares(prepared, options, context)
    context.report(1, 1, 'least squares')
    return fittedFrom(prepared, coefficients, x.columns.length, { isConverged: true, iterations: 1 })
  }

  restore(state: EstimatorState): FittedLinearRegressor {
    return restoreLinearRegressor(state)
  }
}
