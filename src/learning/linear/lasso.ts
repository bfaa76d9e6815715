// Least squares with an L1 penalty.
import { Breather } from '../breather.ts'
import { DataError } from '../errors.ts'
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import type { Matrix } from '../matrix.ts'
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
import { columnName } from './column-summary.ts'
import { descend, type LassoProblem } from './coordinate-descent.ts'
import { type FittedLinearRegressor, fittedFrom, restoreLinearRegressor } from './fitted-linear-regressor.ts'
import { padded } from './gram.ts'
import { gramOf } from './indicator-gram.ts'
import { GramProblem, ResidualProblem } from './lasso-problems.ts'
import { solveLeastSquares } from './least-squares.ts'
import { type PreparedRegression, prepareRegression, weighedColumn } from './regression-design.ts'
import { rowsOfOnes } from './rows-of-ones.ts'

const parameters = {
  alpha: parameter(1, real({ min: 0 })),
  fit_intercept: parameter(true, flag),
  max_iter: parameter(1000, integer({ min: 1 })),
  tol: parameter(1e-4, real({ min: 0 })),
  selection: parameter('cyclic', choice('cyclic')),
  /** Taken and ignored: cyclic selection draws nothing. */
  random_state: randomState,
}

/** Fewer values are read faster than looked through for indicators. */
const INDICATOR_VALUES_MIN = 2e5

/**
 * Minimizes ½ Σ weight · (y − x·w − b)² / Σ weight + alpha · ‖w‖₁, as scikit-learn's Lasso. The fitted one tells whether
 * it converged within max_iter rounds; when not, that is a warning, and the coefficients are those of the last round.
 * With alpha 0 it is ordinary least squares, solved directly, whatever the units of the columns.
 *
 * More rows than columns: the Gram matrix once, O(rows · columns²), then O(columns²) a round; memory as for
 * LinearRegression. Else, or where most columns are 0 and rarely 1, O(rows · columns) a round, of those only their ones,
 * and one copy of the other columns.
 */
export class Lasso implements Regressor {
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
    const { alpha, fit_intercept, max_iter, tol } = this.values
    const prepared = prepareRegression(x, y, fit_intercept, sampleWeight)
    if (alpha === 0) {
      const options = { alpha: 0, rankTolerance: Number.EPSILON * Math.max(x.rowCount, x.columns.length) }
      const { coefficients } = await solveLeastSquares(prepared, options, context)
      return fittedFrom(prepared, coefficients, x.columns.length, { isConverged: true, iterations: 1 })
    }
    context.report(0, max_iter, 'coordinate descent')
    const problem = await poseProblem(prepared, context)
    const reportEvery = Math.ceil(max_iter / 200)
    const options = {
      alpha: alpha * prepared.totalWeight,
      tol,
      maxIterations: max_iter,
      onRound: (round: number) => {
        if (round % reportEvery === 0 && round < max_iter) context.report(round, max_iter, 'coordinate descent')
      },
    }
    const { coefficients, isConverged, iterations, gap } = await descend(problem, options, new Breather(context.stop))
    context.report(max_iter, max_iter, 'coordinate descent')
    if (!isConverged) {
      const message =
        `coordinate descent ended after ${iterations} rounds (max_iter) before the minimum was reached: the duality gap ` +
        `is ${gap.toPrecision(2)} of the sum of squares of the target, tol is ${tol}; raise max_iter or alpha, or scale the columns`
      context.warn({ code: 'NOT_CONVERGED', message })
    }
    return fittedFrom(prepared, coefficients, x.columns.length, { isConverged, iterations })
  }

  restore(state: EstimatorState): FittedLinearRegressor {
    return restoreLinearRegressor(state)
  }
}

/** Throws DataError naming the first column whose sum of squares overflows: the penalty is not one to scale away. */
async function poseProblem({ design, features }: PreparedRegression, context: FitContext): Promise<LassoProblem> {
  const d = features.length
  const { rowCount, scales } = design
  const checked = <P extends LassoProblem>(problem: P): P => {
    const at = problem.squaredNorms.findIndex((norm2) => !Number.isFinite(norm2))
    if (at >= 0) throw new DataError(`${columnName(features[at] as number)} has values too large to square; scale it`)
    if (!Number.isFinite(problem.targetNorm2)) throw new DataError('the target has values too large to square')
    return problem
  }
  const lists = rowCount * d < INDICATOR_VALUES_MIN || design.rootWeights ? [] : rowsOfOnes(design.columns.slice(0, d))
  // What a round over the columns looks at, beside what it looks at in a Gram matrix.
  const values = design.columns.slice(0, d).reduce((sum, _, j) => sum + (lists[j]?.length ?? rowCount), 0)
  if (rowCount > d && values > (d * d) / 4) {
    const scaled = await gramOf(design, context)
    const width = padded(d + 1)
    const entry = (i: number, j: number): number =>
      (scaled[Math.min(i, j) * width + Math.max(i, j)] as number) / (scales[i] as number) / (scales[j] as number)
    const gram = new Float64Array(d * d)
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) gram[i * d + j] = entry(i, j)
    return checked(
      new GramProblem(
        gram,
        Float64Array.from({ length: d }, (_, j) => entry(j, d)),
        entry(d, d),
      ),
    )
  }
  const columns = Array.from({ length: d }, (_, j) => {
    const ones = lists[j]
    return ones === undefined ? weighedColumn(design, j) : { ones, mean: design.offsets[j] as number }
  })
  return checked(new ResidualProblem(columns, weighedColumn(design, d)))
}
