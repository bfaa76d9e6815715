// Platt's calibration: a logistic function of the score.
import { StateError } from '../errors.ts'
import type { EstimatorState } from '../estimator.ts'
import type { CalibrationCurve, ScoredRows } from './calibration-curve.ts'

const ITERATIONS_MAX = 100
const HALVINGS_MAX = 60
/** Added to the diagonal of the Hessian, which may be singular: all rows may have the same score. */
const RIDGE = 1e-12
const GRADIENT_MAX = 1e-10
const SUFFICIENT_DECREASE = 1e-4

/** 1 ÷ (1 + e^(slope · score + intercept)), with Platt's signs: the slope is negative where a high score means yes. */
export class SigmoidCurve implements CalibrationCurve {
  readonly slope: number
  readonly intercept: number

  constructor(slope: number, intercept: number) {
    this.slope = slope
    this.intercept = intercept
  }

  probabilityOf(score: number): number {
    return logistic(-(this.slope * score + this.intercept))
  }

  toState(): EstimatorState {
    return { slope: this.slope, intercept: this.intercept }
  }

  /** Throws StateError. */
  static restore({ slope, intercept }: EstimatorState): SigmoidCurve {
    if (!Number.isFinite(slope) || !Number.isFinite(intercept)) throw new StateError('sigmoid: expected two numbers')
    return new SigmoidCurve(slope as number, intercept as number)
  }
}

/**
 * Fits the curve by maximum likelihood on Platt's smoothed targets (Platt 1999, "Probabilistic outputs for support vector
 * machines", section 2.2), as scikit-learn's sigmoid calibration: (n₊ + 1) ÷ (n₊ + 2) for rows of the class and
 * 1 ÷ (n₋ + 2) for others, where n₊ and n₋ are sums of weights. Newton's method with backtracking, and sums that do not
 * overflow (Lin, Lin, Weng 2007, "A note on Platt's probabilistic outputs"). O(rows) an iteration, some ten of them.
 */
export function fitSigmoid({ scores, isTrue, sampleWeight }: ScoredRows): SigmoidCurve {
  let yes = 0
  let no = 0
  // Scores are divided by the largest: the slope then has the size of the intercept.
  let scale = 0
  for (let i = 0; i < scores.length; i++) {
    const weight = sampleWeight?.[i] ?? 1
    if (isTrue[i] === 1) yes += weight
    else no += weight
    scale = Math.max(scale, Math.abs(scores[i] as number))
  }
  if (scale === 0) scale = 1
  const targets = { yes: (yes + 1) / (yes + 2), no: 1 / (no + 2) }
  const total = yes + no
  let slope = 0
  let intercept = Math.log((no + 1) / (yes + 1))
  const derivativesHere = () => derivatives({ scores, isTrue, sampleWeight, scale, targets }, slope, intercept)
  let here = derivativesHere()
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    const { bySlope, byIntercept, bySlopeTwice, byBoth, byInterceptTwice } = here
    if (Math.max(Math.abs(bySlope), Math.abs(byIntercept)) <= GRADIENT_MAX * total) break
    const [a, d] = [bySlopeTwice + RIDGE * total, byInterceptTwice + RIDGE * total]
    const determinant = a * d - byBoth * byBoth
    const slopeStep = -(d * bySlope - byBoth * byIntercept) / determinant
    const interceptStep = -(a * byIntercept - byBoth * bySlope) / determinant
    const descent = bySlope * slopeStep + byIntercept * interceptStep
    const before = { slope, intercept, ...here }
    let isLower = false
    for (let halving = 0, step = 1; halving < HALVINGS_MAX && !isLower; halving++, step /= 2) {
      slope = before.slope + step * slopeStep
      intercept = before.intercept + step * interceptStep
      here = derivativesHere()
      isLower = here.loss < before.loss + SUFFICIENT_DECREASE * step * descent
    }
    if (isLower) continue
    // Rounding hides all further progress.
    slope = before.slope
    intercept = before.intercept
    break
  }
  return new SigmoidCurve(slope / scale, intercept)
}

interface Problem extends Omit<ScoredRows, 'sampleWeight'> {
  readonly sampleWeight: Float64Array | undefined
  readonly scale: number
  /** What rows of the class and other rows are to come to. */
  readonly targets: { readonly yes: number; readonly no: number }
}

/** The negative log likelihood, its gradient and its Hessian. */
function derivatives(
  { scores, isTrue, sampleWeight, scale, targets }: Problem,
  slope: number,
  intercept: number,
): {
  readonly loss: number
  readonly bySlope: number
  readonly byIntercept: number
  readonly bySlopeTwice: number
  readonly byBoth: number
  readonly byInterceptTwice: number
} {
  let [loss, bySlope, byIntercept, bySlopeTwice, byBoth, byInterceptTwice] = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < scores.length; i++) {
    const weight = sampleWeight?.[i] ?? 1
    const score = (scores[i] as number) / scale
    const target = isTrue[i] === 1 ? targets.yes : targets.no
    const value = slope * score + intercept
    const small = Math.exp(-Math.abs(value))
    loss += weight * ((value >= 0 ? target : target - 1) * value + Math.log1p(small))
    const probability = value >= 0 ? small / (1 + small) : 1 / (1 + small)
    const error = weight * (target - probability)
    const curvature = (weight * small) / ((1 + small) * (1 + small))
    bySlope += error * score
    byIntercept += error
    bySlopeTwice += curvature * score * score
    byBoth += curvature * score
    byInterceptTwice += curvature
  }
  return { loss, bySlope, byIntercept, bySlopeTwice, byBoth, byInterceptTwice }
}

function logistic(value: number): number {
  const small = Math.exp(-Math.abs(value))
  return value >= 0 ? 1 / (1 + small) : small / (1 + small)
}
