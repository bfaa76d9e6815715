// Lasso by cyclic coordinate descent, with the duality gap as the judge of when to stop.
import type { Breather } from '../breather.ts'
import { turn } from '../fit-context.ts'

/** ½‖y − X·w‖² + alpha · ‖w‖₁, alpha > 0, for one X and y, with the state of the descent inside; starts at w = 0. */
export interface LassoProblem {
  /** ‖x_j‖². */
  readonly squaredNorms: Float64Array
  /** ‖y‖². */
  readonly targetNorm2: number
  /** x_jᵀ(y − X·w). */
  correlation(j: number): number
  /** Tells that w_j has grown by `change`. */
  moved(j: number, change: number): void
  /** ‖y − X·w‖², and the product of y with y − X·w. */
  residual(w: Float64Array): { norm2: number; withTarget: number }
}

export interface DescentOptions {
  readonly alpha: number
  readonly tol: number
  readonly maxIterations: number
  /** Called after each round over the coordinates. */
  readonly onRound: (round: number) => void
}

export interface Descent {
  readonly coefficients: Float64Array
  readonly isConverged: boolean
  readonly iterations: number
  /** The duality gap at the coefficients, as a part of ‖y‖². */
  readonly gap: number
}

/**
 * The minimizer, by the rules of scikit-learn's coordinate descent, in the same order, so that the same coefficients are
 * zero: Friedman, Hastie and Tibshirani 2010, "Regularization paths for generalized linear models via coordinate
 * descent"; columns that a small enough gap proves to be zero are left out (Ndiaye et al. 2017, "Gap safe screening
 * rules for sparsity enforcing penalties"). A round ends the descent when no coordinate moved by more than tol times the
 * largest, and the duality gap is at most tol · ‖y‖². Throws FitStopped.
 */
export async function descend(
  problem: LassoProblem,
  { alpha, tol, maxIterations, onRound }: DescentOptions,
  breather: Breather,
): Promise<Descent> {
  const { squaredNorms } = problem
  const d = squaredNorms.length
  const w = new Float64Array(d)
  const gapMax = tol * problem.targetNorm2
  const active = new Int32Array(d)
  let activeCount = 0
  for (let j = 0; j < d; j++) if (squaredNorms[j] !== 0) active[activeCount++] = j

  let found = measureGap(problem, w, alpha)
  const end = (isConverged: boolean, iterations: number): Descent => {
    return { coefficients: w, isConverged, iterations, gap: found.gap / problem.targetNorm2 }
  }
  if (found.gap <= gapMax) return end(true, 0)
  activeCount = screen(problem, w, alpha, found, active, activeCount)
  for (let round = 1; round <= maxIterations; round++) {
    let largest = 0
    let largestChange = 0
    for (let k = 0; k < activeCount; k++) {
      const j = active[k] as number
      const norm2 = squaredNorms[j] as number
      const before = w[j] as number
      const pull = problem.correlation(j) + before * norm2
      const after = (Math.sign(pull) * Math.max(Math.abs(pull) - alpha, 0)) / norm2
      if (after !== before) {
        w[j] = after
        problem.moved(j, after - before)
      }
      largestChange = Math.max(largestChange, Math.abs(after - before))
      largest = Math.max(largest, Math.abs(after))
      if ((k & 15) === 15 && breather.isTurnDue()) await turn()
    }
    onRound(round)
    if (breather.isTurnDue()) await turn()
    if (largest === 0 || largestChange / largest <= tol || round === maxIterations) {
      found = measureGap(problem, w, alpha)
      if (found.gap <= gapMax) return end(true, round)
      activeCount = screen(problem, w, alpha, found, active, activeCount)
    }
  }
  return end(false, maxIterations)
}

interface Gap {
  readonly gap: number
  /** x_jᵀ(y − X·w), each, and the largest of their magnitudes. */
  readonly correlations: Float64Array
  readonly dualNorm: number
}

/** The primal value less the dual value at the residual, shrunk until it is feasible. */
function measureGap(problem: LassoProblem, w: Float64Array, alpha: number): Gap {
  const correlations = w.map((_, j) => problem.correlation(j))
  const dualNorm = correlations.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const { norm2, withTarget } = problem.residual(w)
  const l1Norm = w.reduce((sum, value) => sum + Math.abs(value), 0)
  const shrink = dualNorm > alpha ? alpha / dualNorm : 1
  const primal = 0.5 * norm2 + alpha * l1Norm
  const dual = -0.5 * shrink * shrink * norm2 + shrink * withTarget
  return { gap: primal - dual, correlations, dualNorm }
}

/** Drops from the active columns those that are zero in every solution; returns how many remain. */
function screen(
  problem: LassoProblem,
  w: Float64Array,
  alpha: number,
  { gap, correlations, dualNorm }: Gap,
  active: Int32Array,
  activeCount: number,
): number {
  // Rounding can take the gap below zero.
  const radius = Math.sqrt(2 * Math.abs(gap)) / alpha
  let kept = 0
  for (let k = 0; k < activeCount; k++) {
    const j = active[k] as number
    const dual = Math.abs(correlations[j] as number) / Math.max(alpha, dualNorm)
    if ((1 - dual) / Math.sqrt(problem.squaredNorms[j] as number) <= radius) {
      active[kept++] = j
    } else if (w[j] !== 0) {
      problem.moved(j, -(w[j] as number))
      w[j] = 0
    }
  }
  return kept
}
