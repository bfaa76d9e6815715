// Ordinary least squares.
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import { type Matrix, toDense } from '../matrix.ts'
import { flag, integer, none, type ParameterValues, parameter, readParameters, real } from '../parameters.ts'
import { type FittedLinearRegressor, fittedFrom, restoreLinearRegressor } from './fitted-linear-regressor.ts'
import { solveLeastSquares } from './least-squares.ts'
import { type PreparedRegression, prepareRegression } from './regression-design.ts'
import { fitSparseSquares } from './sparse-least-squares.ts'

/** Sizes that differ less do not make small what is told by the smaller one. */
const APART = 1e-3

const parameters = {
  fit_intercept: parameter(true, flag),
  /** Singular values up to this part of the largest count as 0, as in scikit-learn 1.9. */
  tol: parameter(1e-6, real({ min: 0 })),
  /** Taken and ignored: the threads are the service's. */
  n_jobs: parameter<number | null>(null, none, integer()),
}

/**
 * Least squares as scikit-learn's LinearRegression: the solution of least norm where columns depend on each other.
 * The method is in least-squares.ts, that of sparse columns in sparse-least-squares.ts. O(rows · columns²). Memory beside the data: one √weight per row,
 * min(32e6, 8 · 32 · columns²) bytes for partial sums, and 4 · 8 · columns²; where that cannot be exact, a copy of the
 * data or of its triangle, and 16 · min(rows, columns)².
 */
export class LinearRegression implements Regressor {
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
    const { fit_intercept } = this.values
    context.report(0, 1, 'least squares')
    const ofSparse = { alpha: 0, fitIntercept: fit_intercept, findsIndicators: false }
    const fitted = await fitSparseSquares(x, y, ofSparse, context, sampleWeight)
    if (fitted !== undefined) {
      context.report(1, 1, 'least squares')
      return fitted
    }
    const dense = toDense(x)
    const prepared = prepareRegression(dense, y, fit_intercept, sampleWeight)
    const options = { alpha: 0, rankTolerance: this.values.tol }
    const { coefficients, rank, cutCount } = await solveLeastSquares(prepared, options, context)
    context.report(1, 1, 'least squares')
    const large = cutCount > 0 ? columnApart(prepared) : undefined
    if (large !== undefined) {
      const found = `${cutCount} of the ${rank + cutCount} directions in which the columns vary are within tol (${options.rankTolerance}) of the largest`
      const message = `${found} and count for nothing, whatever they tell: this column's numbers are too large beside the others; standardize them, or lower tol`
      context.warn({ code: 'DIRECTIONS_LEFT_OUT', message, column: large })
    }
    return fittedFrom(prepared, coefficients, dense.columns.length, { isConverged: true, iterations: 1 })
  }

  restore(state: EstimatorState): FittedLinearRegressor {
    return restoreLinearRegressor(state)
  }
}

/** The index in the Matrix of the column with the largest spread, where another has less than a part of it. */
function columnApart({ design, features }: PreparedRegression): number | undefined {
  const scales = design.scales.subarray(0, features.length)
  const [least, most] = [scales.reduce((a, b) => Math.min(a, b)), scales.reduce((a, b) => Math.max(a, b))]
  return least < APART * most ? features[scales.indexOf(least)] : undefined
}
