// Least squares through singular values: what remains right when columns depend on each other.
import { Breather } from '../breather.ts'
import type { FitContext } from '../estimator.ts'
import { BidiagonalForm } from './bidiagonal-form.ts'
import { solveBidiagonal } from './bidiagonal-svd.ts'
import { passOver } from './design-pass.ts'
import { padded } from './gram.ts'
import { type PreparedRegression, type RegressionDesign, weighedColumn } from './regression-design.ts'

/** So many rows a column make it cheaper to take the rows' triangle first. */
const TRIANGLE_FROM = 4

export interface LeastSquaresOptions {
  /** The weight of ½‖w‖² against ½ Σ weight · residual². */
  readonly alpha: number
  /** Singular values up to this part of the largest count as 0: then the solution is the one of least norm. */
  readonly rankTolerance: number
}

/** What rounding leaves of a singular value that is 0, as part of the largest, is well below. */
const ROUNDING = 1e-13

export interface LeastSquaresSolution {
  readonly coefficients: Float64Array
  readonly rank: number
  /** Singular values that are no rounding and yet count as 0, for they are not above the tolerance. */
  readonly cutCount: number
}

/**
 * The least-norm minimizer, singular values up to rankTolerance times the largest counting as 0 (LAPACK's gelss, and
 * what gelsd finds). Backward stable for any shape: rows become columns where they are fewer.
 * O(rows · columns · min(rows, columns)); memory: a copy of the data or of the triangle, and 16 · min(rows, columns)²
 * bytes. Throws FitStopped; DataError when numbers overflow.
 */
export async function solveBySingularValues(
  { design, weightUnit }: PreparedRegression,
  { alpha, rankTolerance }: LeastSquaresOptions,
  context: FitContext,
): Promise<LeastSquaresSolution> {
  const d = design.columns.length - 1
  const { scales, rowCount } = design
  const breather = new Breather(context.stop)
  // The columns' own sizes, which decide the rank, times one common power of two: nothing overflows.
  const unit = scales.subarray(0, d).reduce((a, b) => Math.min(a, b))
  const isWide = rowCount < d
  const { form, rightSide } =
    rowCount > TRIANGLE_FROM * d ? await fromTriangle(design, unit, context) : fromRows(design, unit, isWide)
  await form.reduce(breather)
  const options = { rankTolerance, penalty: (alpha / weightUnit) * unit * unit, isTransposed: isWide }
  const solution = new Float64Array(d)
  if (isWide) form.applyRightTransposed(rightSide)
  else form.applyLeftTransposed(rightSide)
  const c = rightSide.subarray(0, form.columnCount)
  const rank = await solveBidiagonal(form, c, options, breather)
  solution.set(c)
  if (isWide) form.applyLeft(solution)
  else form.applyRight(solution)
  const factor = unit / (scales[d] as number)
  // The diagonal holds the singular values by now.
  const sizes = form.diagonal.map(Math.abs)
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0)
  const aboveRounding = sizes.reduce((count, size) => count + (size > ROUNDING * largest ? 1 : 0), 0)
  const cutCount = Math.max(0, aboveRounding - rank)
  return { coefficients: solution.map((value) => value * factor), rank, cutCount }
}

interface Posed {
  readonly form: BidiagonalForm
  readonly rightSide: Float64Array
}

async function fromTriangle(design: RegressionDesign, unit: number, { team, stop }: FitContext): Promise<Posed> {
  const d = design.columns.length - 1
  const triangle = await passOver('triangle', design, team, stop)
  const width = padded(d + 1)
  const form = new BidiagonalForm(d, d)
  for (let j = 0; j < d; j++) {
    const factor = unit / (design.scales[j] as number)
    for (let i = 0; i <= j; i++) form.matrix[j * form.stride + i] = (triangle[i * width + j] as number) * factor
  }
  return { form, rightSide: Float64Array.from({ length: d }, (_, i) => triangle[i * width + d] as number) }
}

function fromRows(design: RegressionDesign, unit: number, isWide: boolean): Posed {
  const d = design.columns.length - 1
  const { rowCount } = design
  const form = isWide ? new BidiagonalForm(d, rowCount) : new BidiagonalForm(rowCount, d)
  const { matrix, stride } = form
  for (let j = 0; j < d; j++) {
    const column = weighedColumn(design, j)
    if (isWide) for (let i = 0; i < rowCount; i++) matrix[i * stride + j] = (column[i] as number) * unit
    else for (let i = 0; i < rowCount; i++) matrix[j * stride + i] = (column[i] as number) * unit
  }
  const targetScale = design.scales[d] as number
  return { form, rightSide: weighedColumn(design, d).map((value) => value * targetScale) }
}
