// Least squares, with or without an L2 penalty: coefficients and intercept from a prepared design.
import type { FitContext } from '../estimator.ts'
import { factorize, inverseNorm, solveFactorized } from './cholesky.ts'
import { passOver } from './design-pass.ts'
import { padded } from './gram.ts'
import { solveByPivots } from './pivoted-solution.ts'
import type { PreparedRegression } from './regression-design.ts'
import { type LeastSquaresOptions, type LeastSquaresSolution, solveBySingularValues } from './singular-values.ts'

/**
 * Up to this condition number (columns scaled to length 1) the Gram matrix loses nothing that one or two refinements
 * do not bring back: each shrinks the error by the factor condition² · 2⁻⁵² ≤ 2e-6, with residuals taken from the data.
 */
const CONDITION_MAX = 1e5
const REFINEMENTS_MAX = 5
/** Up to this one, Cholesky alone keeps twelve digits (condition² · 2⁻⁵²): more than the data ever determine. */
const REFINE_FROM = 100

/** From so many columns on the rank is found by pivoting: with few, singular values take no time. */
const PIVOTED_FROM = 128
/** Columns a row up to which a Gram matrix is worth its cost. */
const PIVOTED_SHAPE_MAX = 3

/**
 * The minimizer w of Σ weight · (y − x·w − b)² + alpha · ‖w‖², as coefficients in the order of the design's features.
 *
 * Well-conditioned designs go through Cholesky and iterative refinement on the data (the corrected seminormal equations:
 * Björck 1987, "Stability analysis of the method of seminormal equations"), which then is as accurate as QR at a third
 * of its cost; of many columns those that depend on others are left aside first, and their coefficients found from the
 * least norm (pivoted-solution.ts). All other designs go through singular values.
 * O(rows · columns²), and O(columns³) besides.
 */
export async function solveLeastSquares(
  prepared: PreparedRegression,
  options: LeastSquaresOptions,
  context: FitContext,
): Promise<LeastSquaresSolution> {
  const d = prepared.features.length
  if (d === 0) return { coefficients: new Float64Array(0), rank: 0, cutCount: 0 }
  const { rowCount } = prepared.design
  const solve = d >= PIVOTED_FROM ? solveByPivots : solveByGram
  const isTall = rowCount >= d || options.alpha > 0 || (d >= PIVOTED_FROM && PIVOTED_SHAPE_MAX * rowCount >= d)
  const solved = isTall ? await solve(prepared, options, context) : undefined
  return solved === undefined ? solveBySingularValues(prepared, options, context) : { ...solved, cutCount: 0 }
}

async function solveByGram(
  { design, weightUnit }: PreparedRegression,
  { alpha, rankTolerance }: LeastSquaresOptions,
  { team, stop }: FitContext,
): Promise<{ coefficients: Float64Array; rank: number } | undefined> {
  const d = design.columns.length - 1
  const { scales } = design
  const gram = await passOver('gram', design, team, stop)
  const width = padded(d + 1)
  const penalties = new Float64Array(d)
  const lengths = new Float64Array(d)
  for (let j = 0; j < d; j++) {
    penalties[j] = (alpha / weightUnit) * (scales[j] as number) ** 2
    lengths[j] = Math.sqrt((gram[j * width + j] as number) + (penalties[j] as number))
    if (!((lengths[j] as number) > 0) || !Number.isFinite(lengths[j])) return undefined
  }
  const factor = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = (gram[j * width + i] as number) + (i === j ? (penalties[i] as number) : 0)
      factor[i * d + j] = sum / ((lengths[i] as number) * (lengths[j] as number))
    }
  }
  if (!factorize(factor, d)) return undefined
  const inverse = inverseNorm(factor, d)
  const condition = inverse * Math.sqrt(d)
  if (condition > CONDITION_MAX) return undefined
  if (alpha === 0 && !isSurelyFullRank(lengths, scales, inverse, rankTolerance)) return undefined

  const solution = new Float64Array(d)
  let gradient = new Float64Array(d)
  for (let j = 0; j < d; j++) gradient[j] = gram[j * width + d] as number
  for (let round = 0; round <= REFINEMENTS_MAX; round++) {
    // In units in which every column has length 1: step is the correction, size the solution so far.
    const step = gradient.map((value, j) => value / (lengths[j] as number))
    solveFactorized(factor, d, step)
    let stepSize = 0
    let size = 0
    for (let j = 0; j < d; j++) {
      const length = lengths[j] as number
      solution[j] = (solution[j] as number) + (step[j] as number) / length
      stepSize = Math.max(stepSize, Math.abs(step[j] as number))
      size = Math.max(size, Math.abs((solution[j] as number) * length))
    }
    // The next correction would be as much smaller than this one as this one is than the solution: below rounding.
    if (condition < REFINE_FROM || stepSize <= 1e-8 * size) break
    const products = await passOver('gradient', design, team, stop, solution)
    gradient = solution.map((value, j) => (products[j] as number) - (penalties[j] as number) * value)
  }
  const targetScale = scales[d] as number
  return { coefficients: solution.map((value, j) => (value * (scales[j] as number)) / targetScale), rank: d }
}

/**
 * Whether the smallest singular value of the unscaled columns is certain to be above tolerance times the largest:
 * bounded from below by the shortest column over the inverse of the factor, from above by the Frobenius norm.
 */
function isSurelyFullRank(lengths: Float64Array, scales: Float64Array, inverse: number, tolerance: number): boolean {
  const trueLengths = lengths.map((length, j) => length / (scales[j] as number))
  const longest = trueLengths.reduce((a, b) => Math.max(a, b), 0)
  let shortest = Number.POSITIVE_INFINITY
  let sumOfSquares = 0
  for (const length of trueLengths) {
    shortest = Math.min(shortest, length / longest)
    sumOfSquares += (length / longest) ** 2
  }
  return shortest / inverse > tolerance * Math.sqrt(sumOfSquares)
}
