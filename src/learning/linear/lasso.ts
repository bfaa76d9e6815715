// Least squares with an L1 penalty.
import { Breather } from '../breather.ts'
import { DataError } from '../errors.ts'
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import { columnCountOf, type Matrix, toDense } from '../matrix.ts'
import {
  choice,
  flag,
  integer,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
} from '../parameters.ts'
import { toSparseColumns, valueCountOf } from '../sparse.ts'
import { columnName } from './column-summary.ts'
import { descend, type LassoProblem } from './coordinate-descent.ts'
import { type FittedLinearRegressor, fittedFrom, restoreLinearRegressor } from './fitted-linear-regressor.ts'
import { padded } from './gram.ts'
import { gramOf } from './indicator-gram.ts'
import { type CentredSparse, GramProblem, ResidualProblem } from './lasso-problems.ts'
import { solveLeastSquares } from './least-squares.ts'
import { type PreparedRegression, prepareRegression, weighedColumn } from './regression-design.ts'
import { fitSparseSquares } from './sparse-least-squares.ts'
import { fittedFromSparse, prepareSparse, type SparseRegression } from './sparse-regression.ts'
import { type SplitMatrix, splitSparse } from './split-sparse.ts'

const parameters = {
  alpha: parameter(1, real({ min: 0 })),
  fit_intercept: parameter(true, flag),
  max_iter: parameter(1000, integer({ min: 1 })),
  tol: parameter(1e-4, real({ min: 0 })),
  selection: parameter('cyclic', choice('cyclic')),
  /** Taken and ignored: cyclic selection draws nothing. */
  random_state: randomState,
}

/**
 * Minimizes ½ Σ weight · (y − x·w − b)² / Σ weight + alpha · ‖w‖₁, as scikit-learn's Lasso. The fitted one tells whether
 * it converged within max_iter rounds; when not, that is a warning, and the coefficients are those of the last round.
 * With alpha 0 it is ordinary least squares, solved directly, whatever the units of the columns.
 *
 * More rows than columns: the Gram matrix once, O(rows · columns²), then O(columns²) a round; memory as for
 * LinearRegression. Else, or where columns are sparse, or 0 and rarely 1, O(rows · columns) a round, of those only what is
 * not 0, and one copy of the other columns.
 */
export class Lasso implements Regressor {
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
    const { alpha, fit_intercept, max_iter, tol } = this.values
    if (alpha === 0) return fitWithoutPenalty(x, y, fit_intercept, context, sampleWeight)
    context.report(0, max_iter, 'coordinate descent')
    const columnCount = columnCountOf(x)
    const split = splitSparse(x)
    const posed = isReadSparse(x, split)
      ? poseSparse(prepareSparse(split, y, fit_intercept, sampleWeight), columnCount)
      : await poseDense(prepareRegression(toDense(x), y, fit_intercept, sampleWeight), columnCount, context)
    const reportEvery = Math.ceil(max_iter / 200)
    const options = {
      alpha: alpha * posed.totalWeight,
      tol,
      maxIterations: max_iter,
      onRound: (round: number) => {
        if (round % reportEvery === 0 && round < max_iter) context.report(round, max_iter, 'coordinate descent')
      },
    }
    const { coefficients, isConverged, iterations, gap } = await descend(
      posed.problem,
      options,
      new Breather(context.stop),
    )
    context.report(max_iter, max_iter, 'coordinate descent')
    if (!isConverged) {
      const message =
        `coordinate descent ended after ${iterations} rounds (max_iter) before the minimum was reached: the duality gap ` +
        `is ${gap.toPrecision(2)} of the sum of squares of the target, tol is ${tol}; raise max_iter or alpha, or scale the columns`
      context.warn({ code: 'NOT_CONVERGED', message })
    }
    return posed.fitted(coefficients, { isConverged, iterations })
  }

  restore(state: EstimatorState): FittedLinearRegressor {
    return restoreLinearRegressor(state)
  }
}

/** A problem, and the regressor that its solution makes. */
interface Posed {
  readonly problem: LassoProblem
  readonly totalWeight: number
  fitted(coefficients: Float64Array, convergence: { isConverged: boolean; iterations: number }): FittedLinearRegressor
}

async function fitWithoutPenalty(
  x: Matrix,
  y: Float64Array,
  fitIntercept: boolean,
  context: FitContext,
  sampleWeight?: Float64Array,
): Promise<FittedLinearRegressor> {
  const ofSparse = { alpha: 0, fitIntercept, findsIndicators: false }
  const fitted = await fitSparseSquares(x, y, ofSparse, context, sampleWeight)
  if (fitted !== undefined) return fitted
  const dense = toDense(x)
  const prepared = prepareRegression(dense, y, fitIntercept, sampleWeight)
  const options = { alpha: 0, rankTolerance: Number.EPSILON * Math.max(dense.rowCount, dense.columns.length) }
  const { coefficients } = await solveLeastSquares(prepared, options, context)
  return fittedFrom(prepared, coefficients, dense.columns.length, { isConverged: true, iterations: 1 })
}

/** Whether a round over the columns looks at less than one over a Gram matrix does. */
function isReadSparse(x: Matrix, { rowCount, dense, sparse }: SplitMatrix): boolean {
  if (sparse.columnCount === 0) return false
  const d = dense.length + sparse.columnCount
  return x.sparse !== undefined || rowCount <= d || dense.length * rowCount + valueCountOf(sparse) <= (d * d) / 4
}

function poseSparse(regression: SparseRegression, columnCount: number): Posed {
  const { dense, sparse, means, squares, roots, target, features, totalWeight } = regression
  const { starts, rows, values } = toSparseColumns(sparse)
  if (roots !== undefined)
    for (let k = 0; k < values.length; k++) {
      values[k] = (values[k] as number) * (roots[rows[k] as number] as number)
    }
  const columnAt = (place: number): Float64Array | CentredSparse => {
    if (place < dense.length) return dense[place] as Float64Array
    const j = place - dense.length
    const [from, to] = [starts[j] as number, starts[j + 1] as number]
    const [mean, square] = [means[place] as number, squares[place] as number]
    return { rows: rows.subarray(from, to), values: values.subarray(from, to), mean, square }
  }
  // Coordinates are descended in the order of the Matrix, which decides where a round ends.
  const places = Int32Array.from(features.keys()).sort((a, b) => (features[a] as number) - (features[b] as number))
  const ordered = places.map((place) => features[place] as number)
  const problem = new ResidualProblem(Array.from(places, columnAt), target, roots)
  return {
    problem: checked(problem, ordered),
    totalWeight,
    fitted(coefficients, convergence) {
      const byPlace = new Float64Array(coefficients.length)
      places.forEach((place, k) => {
        byPlace[place] = coefficients[k] as number
      })
      return fittedFromSparse(regression, byPlace, columnCount, convergence)
    },
  }
}

async function poseDense(prepared: PreparedRegression, columnCount: number, context: FitContext): Promise<Posed> {
  const { design, features, totalWeight } = prepared
  const d = features.length
  const problem = design.rowCount > d ? await gramProblem(prepared, context) : residualProblem(prepared)
  return {
    problem: checked(problem, features),
    totalWeight,
    fitted: (coefficients, convergence) => fittedFrom(prepared, coefficients, columnCount, convergence),
  }
}

async function gramProblem({ design, features }: PreparedRegression, context: FitContext): Promise<LassoProblem> {
  const d = features.length
  const { scales } = design
  const scaled = await gramOf(design, context)
  const width = padded(d + 1)
  const entry = (i: number, j: number): number =>
    (scaled[Math.min(i, j) * width + Math.max(i, j)] as number) / (scales[i] as number) / (scales[j] as number)
  const gram = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) gram[i * d + j] = entry(i, j)
  const targetProducts = Float64Array.from({ length: d }, (_, j) => entry(j, d))
  return new GramProblem(gram, targetProducts, entry(d, d))
}

function residualProblem({ design, features }: PreparedRegression): LassoProblem {
  const columns = Array.from(features, (_, j) => weighedColumn(design, j))
  return new ResidualProblem(columns, weighedColumn(design, features.length))
}

/** Throws DataError naming the first column whose sum of squares overflows: the penalty is not one to scale away. */
function checked(problem: LassoProblem, features: Int32Array): LassoProblem {
  const at = problem.squaredNorms.findIndex((norm2) => !Number.isFinite(norm2))
  if (at >= 0) throw new DataError(`${columnName(features[at] as number)} has values too large to square; scale it`)
  if (!Number.isFinite(problem.targetNorm2)) throw new DataError('the target has values too large to square')
  return problem
}
