// Least squares by the pivoted Cholesky factor of a large Gram matrix, also where some columns depend on others.
import type { FitContext } from '../estimator.ts'
import { dependenceOf } from './column-dependence.ts'
import { passOver } from './design-pass.ts'
import { padded } from './gram.ts'
import { gramOf } from './indicator-gram.ts'
import { factorizePivoted, type PivotedFactor } from './pivoted-cholesky.ts'
import type { PreparedRegression } from './regression-design.ts'
import type { LeastSquaresOptions } from './singular-values.ts'

/** Of columns of length 1: what is left of a column that depends on others, and the least that a pivot may leave. */
const DEPENDENT_MAX = 1e-11
const PIVOT_MIN = 1e-9
/** What the estimate of the inverse's norm may miss: rarely more than a factor of three (Higham 2002, 15.2). */
const ESTIMATE_FACTOR = 10
const CONDITION_MAX = 1e5
const REFINEMENTS_MAX = 8

/**
 * The least-norm minimizer, as solveLeastSquares promises it; undefined where this way is not sure to be exact: where the
 * columns are ill-conditioned, where some all but depend on others, or where their sizes leave the rank open.
 * Refined with residuals from the data. O(rows · columns² + columns³ / 6), less for indicators; memory 4 · 8 · columns².
 */
export async function solveByPivots(
  { design, weightUnit }: PreparedRegression,
  { alpha, rankTolerance }: LeastSquaresOptions,
  context: FitContext,
): Promise<{ coefficients: Float64Array; rank: number } | undefined> {
  const { team, stop } = context
  const d = design.columns.length - 1
  const { scales } = design
  const gram = await gramOf(design, context)
  const width = padded(d + 1)
  const penalties = Float64Array.from({ length: d }, (_, j) => (alpha / weightUnit) * (scales[j] as number) ** 2)
  const lengths = penalties.map((penalty, j) => Math.sqrt((gram[j * width + j] as number) + penalty))
  if (!lengths.every((length) => length > 0 && Number.isFinite(length))) return undefined
  const correlation = (i: number, j: number): number =>
    i === j ? 1 : (gram[i * width + j] as number) / ((lengths[i] as number) * (lengths[j] as number))
  const factor = await factorizePivoted(correlation, d, PIVOT_MIN, stop)
  if (factor.rest > DEPENDENT_MAX || (alpha > 0 && factor.rank < d)) return undefined

  const inverseNorm = Math.sqrt(ESTIMATE_FACTOR * estimateInverse(factor, d))
  if (!(inverseNorm * Math.sqrt(d) <= CONDITION_MAX)) return undefined
  const trueLengths = lengths.map((length, j) => length / (scales[j] as number))
  if (alpha === 0 && !isRankSure(factor, trueLengths, inverseNorm, rankTolerance)) return undefined
  const dependence = dependenceOf(design, factor, lengths, trueLengths, inverseNorm)
  if (dependence === undefined) return undefined

  // In units in which every column has length 1.
  const solution = new Float64Array(d)
  let gradient = Float64Array.from({ length: d }, (_, j) => gram[j * width + d] as number)
  for (let round = 0; ; round++) {
    const step = gradient.map((value, j) => value / (lengths[j] as number))
    solveOnPivots(factor, d, step)
    let [stepSize, size] = [0, 0]
    for (let j = 0; j < d; j++) {
      solution[j] = (solution[j] as number) + (step[j] as number)
      stepSize = Math.max(stepSize, Math.abs(step[j] as number))
      size = Math.max(size, Math.abs(solution[j] as number))
    }
    // The next correction would be as much smaller than this one as this one is than the solution: below rounding.
    if (stepSize <= 1e-8 * size) break
    if (round === REFINEMENTS_MAX || !Number.isFinite(size)) return undefined
    const scaled = solution.map((value, j) => value / (lengths[j] as number))
    const products = await passOver('gradient', design, team, stop, scaled)
    gradient = scaled.map((value, j) => (products[j] as number) - (penalties[j] as number) * value)
  }
  const targetScale = scales[d] as number
  const coefficients = solution.map((value, j) => value / (lengths[j] as number))
  dependence.project(coefficients, scales)
  return {
    coefficients: coefficients.map((value, j) => (value * (scales[j] as number)) / targetScale),
    rank: factor.rank,
  }
}

/** Overwrites b with the solution of the pivots' equations, 0 for the other columns. O(rank²). */
function solveOnPivots({ rank, order, rows }: PivotedFactor, size: number, b: Float64Array): void {
  const x = Float64Array.from({ length: rank }, (_, i) => b[order[i] as number] as number)
  for (let i = 0; i < rank; i++) {
    const row = i * size
    const value = (x[i] as number) / (rows[row + i] as number)
    x[i] = value
    for (let k = i + 1; k < rank; k++) x[k] = (x[k] as number) - value * (rows[row + k] as number)
  }
  for (let i = rank - 1; i >= 0; i--) {
    const row = i * size
    let sum = x[i] as number
    for (let k = i + 1; k < rank; k++) sum -= (rows[row + k] as number) * (x[k] as number)
    x[i] = sum / (rows[row + i] as number)
  }
  b.fill(0)
  for (let i = 0; i < rank; i++) b[order[i] as number] = x[i] as number
}

/** The 1-norm of the inverse of the pivots' Gram matrix, from below (Hager 1984; Higham 2002, algorithm 15.1). */
function estimateInverse(factor: PivotedFactor, size: number): number {
  const { rank, order } = factor
  const pivots = order.subarray(0, rank)
  const x = new Float64Array(size)
  for (const j of pivots) x[j] = 1 / rank
  let estimate = 0
  for (let round = 0; round < 5; round++) {
    const y = x.slice()
    solveOnPivots(factor, size, y)
    const norm = y.reduce((sum, value) => sum + Math.abs(value), 0)
    if (!(norm > estimate)) break
    estimate = norm
    const z = new Float64Array(size)
    for (const j of pivots) z[j] = (y[j] as number) < 0 ? -1 : 1
    solveOnPivots(factor, size, z)
    let best = pivots[0] as number
    for (const j of pivots) if (Math.abs(z[j] as number) > Math.abs(z[best] as number)) best = j
    if (Math.abs(z[best] as number) <= z.reduce((sum, value, j) => sum + value * (x[j] as number), 0)) break
    x.fill(0)
    x[best] = 1
  }
  return estimate
}

/** Whether the pivots' smallest singular value, of the columns as they are, is above tolerance times the largest. */
function isRankSure(
  { rank, order }: PivotedFactor,
  trueLengths: Float64Array,
  inverseNorm: number,
  tolerance: number,
): boolean {
  const longest = trueLengths.reduce((a, b) => Math.max(a, b), 0)
  const sumOfSquares = trueLengths.reduce((sum, length) => sum + (length / longest) ** 2, 0)
  const shortest = order
    .subarray(0, rank)
    .reduce((least, j) => Math.min(least, (trueLengths[j] as number) / longest), 1)
  return shortest / inverseNorm > tolerance * Math.sqrt(sumOfSquares)
}
