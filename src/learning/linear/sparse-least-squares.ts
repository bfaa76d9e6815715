// Least squares, with or without an L2 penalty, where most values are 0: by conjugate gradients, without a Gram matrix.
import { Breather } from '../breather.ts'
import type { FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import type { FittedLinearRegressor } from './fitted-linear-regressor.ts'
import { fitLevelSquares } from './level-squares.ts'
import { fittedFromSparse, prepareSparse, type SparseRegression } from './sparse-regression.ts'
import { splitSparse } from './split-sparse.ts'

/** The gradient, as a part of the first one, at which the solution is as exact as the data are. */
const GRADIENT_MAX = 1e-10
/** The same without a penalty, where directions in which columns hardly vary take ever more iterations. */
const FREE_GRADIENT_MAX = 1e-8
const ITERATIONS_MAX = 1_000
/** Rows × columns² up to which a direct method takes no more than a second or two. */
const DIRECT_PRODUCTS_MAX = 2e9

export interface SparseSquaresOptions {
  readonly alpha: number
  readonly fitIntercept: boolean
  /** Whether columns of 0 and few 1 among the dense ones count as sparse too. */
  readonly findsIndicators: boolean
}

/**
 * The fitted regressor of a matrix with sparse columns, those of levels eliminated where that is exact (level-squares.ts);
 * undefined where there are none, or where conjugate gradients need more than 1,000 iterations, as columns depend on each other all but exactly, and a direct method takes no longer. Where
 * that would, the solution so far is the answer, with a warning. O(values) an iteration, some 10 to 300 of them.
 */
export async function fitSparseSquares(
  x: Matrix,
  y: Float64Array,
  { alpha, fitIntercept, findsIndicators }: SparseSquaresOptions,
  context: FitContext,
  sampleWeight?: Float64Array,
): Promise<FittedLinearRegressor | undefined> {
  if (x.sparse === undefined && !findsIndicators) return undefined
  const split = splitSparse(x)
  if (split.sparse.columnCount === 0) return undefined
  const columnCount = columnCountOf(x)
  const exact = await fitLevelSquares(split, y, { alpha, fitIntercept }, columnCount, context.stop, sampleWeight)
  if (exact !== undefined) return exact
  const regression = prepareSparse(split, y, fitIntercept, sampleWeight)
  if (!regression.squares.every(Number.isFinite)) return undefined
  const { coefficients, iterations, gradientShare } = await descend(regression, alpha / regression.weightUnit, context)
  const isConverged = iterations < ITERATIONS_MAX
  if (!isConverged) {
    if (x.rowCount * columnCount ** 2 <= DIRECT_PRODUCTS_MAX || x.sparse === undefined) return undefined
    const found = `the gradient is still ${gradientShare.toPrecision(2)} of what it was in the beginning`
    const message = `the iterations ended after ${iterations} before the minimum was reached: ${found}; use ridge regression, or fewer columns`
    context.warn({ code: 'NOT_CONVERGED', message })
  }
  return fittedFromSparse(regression, coefficients, columnCount, { isConverged, iterations })
}

/**
 * Conjugate gradients on the normal equations, with residuals of the rows (CGLS: Björck 1996, "Numerical Methods for Least
 * Squares Problems", 7.4). With a penalty on columns scaled by their curvature; without one on the columns as they are,
 * as then it ends at the solution of least norm, where there are several.
 */
async function descend(
  regression: SparseRegression,
  alpha: number,
  { stop, report }: FitContext,
): Promise<{ coefficients: Float64Array; iterations: number; gradientShare: number }> {
  const { squares, target } = regression
  const size = squares.length
  const factors = squares.map((square) => (square > 0 ? (alpha > 0 ? 1 / Math.sqrt(square + alpha) : 1) : 0))
  const penalties = factors.map((factor) => alpha * factor * factor)
  const point = new Float64Array(size)
  const residuals = target.slice()
  const image = new Float64Array(target.length)
  const gradient = new Float64Array(size)
  project(regression, factors, residuals, gradient)
  let norm2 = squareOf(gradient)
  const first = norm2
  const end = first * (alpha > 0 ? GRADIENT_MAX : FREE_GRADIENT_MAX) ** 2
  const direction = gradient.slice()
  const breather = new Breather(stop)
  let iteration = 0
  for (; iteration < ITERATIONS_MAX && norm2 > end; iteration++) {
    if (breather.isTurnDue()) {
      report(iteration, ITERATIONS_MAX, 'conjugate gradients')
      await turn()
    }
    spread(regression, factors, direction, image)
    let curvature = squareOf(image)
    for (let j = 0; j < size; j++) curvature += (penalties[j] as number) * (direction[j] as number) ** 2
    if (!(curvature > 0)) break
    const step = norm2 / curvature
    for (let j = 0; j < size; j++) point[j] = (point[j] as number) + step * (direction[j] as number)
    for (let i = 0; i < image.length; i++) residuals[i] = (residuals[i] as number) - step * (image[i] as number)
    project(regression, factors, residuals, gradient)
    for (let j = 0; j < size; j++)
      gradient[j] = (gradient[j] as number) - (penalties[j] as number) * (point[j] as number)
    const next = squareOf(gradient)
    const share = next / norm2
    for (let j = 0; j < size; j++) direction[j] = (gradient[j] as number) + share * (direction[j] as number)
    norm2 = next
  }
  const coefficients = point.map((value, j) => value * (factors[j] as number))
  return { coefficients, iterations: iteration, gradientShare: first === 0 ? 0 : Math.sqrt(norm2 / first) }
}

/** image = the entries times factors times the vector. O(values). */
function spread(
  { rowCount, dense, sparse, means, roots }: SparseRegression,
  factors: Float64Array,
  vector: Float64Array,
  image: Float64Array,
): void {
  const { starts, columns, values } = sparse
  const first = dense.length
  const own = new Float64Array(sparse.columnCount)
  let shift = 0
  for (let j = 0; j < own.length; j++) {
    own[j] = (vector[first + j] as number) * (factors[first + j] as number)
    shift += (own[j] as number) * (means[first + j] as number)
  }
  for (let i = 0; i < rowCount; i++) {
    let sum = -shift
    const end = starts[i + 1] as number
    for (let k = starts[i] as number; k < end; k++) sum += (own[columns[k] as number] as number) * (values[k] as number)
    image[i] = roots === undefined ? sum : sum * (roots[i] as number)
  }
  dense.forEach((column, j) => {
    const factor = (vector[j] as number) * (factors[j] as number)
    for (let i = 0; i < rowCount; i++) image[i] = (image[i] as number) + factor * (column[i] as number)
  })
}

/** products = factors times the entries' products with the residuals. O(values). */
function project(
  { rowCount, dense, sparse, means, roots }: SparseRegression,
  factors: Float64Array,
  residuals: Float64Array,
  products: Float64Array,
): void {
  const { starts, columns, values } = sparse
  const first = dense.length
  const own = new Float64Array(sparse.columnCount)
  let total = 0
  for (let i = 0; i < rowCount; i++) {
    const residual = roots === undefined ? (residuals[i] as number) : (residuals[i] as number) * (roots[i] as number)
    total += residual
    const end = starts[i + 1] as number
    for (let k = starts[i] as number; k < end; k++) {
      const j = columns[k] as number
      own[j] = (own[j] as number) + residual * (values[k] as number)
    }
  }
  for (let j = 0; j < own.length; j++) {
    products[first + j] = (factors[first + j] as number) * ((own[j] as number) - total * (means[first + j] as number))
  }
  dense.forEach((column, j) => {
    let sum = 0
    for (let i = 0; i < rowCount; i++) sum += (column[i] as number) * (residuals[i] as number)
    products[j] = (factors[j] as number) * sum
  })
}

function squareOf(vector: Float64Array): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) ** 2
  return sum
}
