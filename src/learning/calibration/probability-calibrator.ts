// Makes the probabilities of a classifier say how often things come true.
import { DataError, StateError } from '../errors.ts'
import type { EstimatorState, FittedClassifier } from '../estimator.ts'
import type { CalibrationCurve } from './calibration-curve.ts'
import { fitIsotonic, IsotonicCurve } from './isotonic-curve.ts'
import { fitSigmoid, SigmoidCurve } from './sigmoid-curve.ts'

export const CALIBRATION_METHODS = ['sigmoid', 'isotonic'] as const
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number]

export function isCalibrationMethod(value: unknown): value is CalibrationMethod {
  return CALIBRATION_METHODS.some((method) => method === value)
}

/** What a curve is of: the probability itself, or its log-odds ln(p ÷ (1 − p)). */
export type CalibratedScale = 'probability' | 'log_odds'

/** Probabilities below it have its log-odds. */
export const TINY = 1e-300

/** Rows whose classes are known, with the probabilities that a model gave them which had not seen them. */
export interface ProbabilityRows {
  /** Row-major rows × classCount. */
  readonly probabilities: Float64Array
  /** One code per row, 0 … classCount − 1. */
  readonly codes: Int32Array
  readonly classCount: number
  readonly sampleWeight?: Float64Array | undefined
}

export class ProbabilityCalibrator {
  readonly method: CalibrationMethod
  readonly scale: CalibratedScale
  readonly classCount: number
  /** One for two classes, of the second; else one a class. */
  private readonly curves: readonly CalibrationCurve[]

  constructor(
    method: CalibrationMethod,
    scale: CalibratedScale,
    classCount: number,
    curves: readonly CalibrationCurve[],
  ) {
    this.method = method
    this.scale = scale
    this.classCount = classCount
    this.curves = curves
  }

  /**
   * Calibrated probabilities of row-major rows × classCount, which sum to 1 in each row. Where all classes of a row come
   * to 0 they are equally probable. The given ones are not changed. O(rows × classes), for isotonic times log points.
   */
  calibrate(probabilities: Float64Array): Float64Array {
    const { classCount, curves, scale } = this
    const calibrated = new Float64Array(probabilities.length)
    const [binary] = curves
    for (let start = 0; start < probabilities.length; start += classCount) {
      if (classCount === 2 && binary !== undefined) {
        const second = binary.probabilityOf(scoreOf(probabilities, start, 1, classCount, scale))
        calibrated[start] = 1 - second
        calibrated[start + 1] = second
      } else this.calibrateRow(probabilities, calibrated, start)
    }
    return calibrated
  }

  private calibrateRow(probabilities: Float64Array, calibrated: Float64Array, start: number): void {
    const { classCount, curves, scale } = this
    let sum = 0
    for (const [c, curve] of curves.entries()) {
      const probability = curve.probabilityOf(scoreOf(probabilities, start, c, classCount, scale))
      calibrated[start + c] = probability
      sum += probability
    }
    for (let at = start; at < start + classCount; at++) {
      calibrated[at] = sum === 0 ? 1 / classCount : (calibrated[at] as number) / sum
    }
  }

  toState(): EstimatorState {
    const { method, scale, curves } = this
    return { method, scale, curves: curves.map((curve) => curve.toState()) }
  }

  /** Throws StateError. */
  static restore({ method, scale, curves }: EstimatorState, classCount: number): ProbabilityCalibrator {
    if (!isCalibrationMethod(method)) throw new StateError('calibration: expected a method')
    if (scale !== 'probability' && scale !== 'log_odds') throw new StateError('calibration: expected a scale')
    const count = curveCountOf(classCount)
    if (!Array.isArray(curves) || curves.length !== count) throw new StateError(`calibration: expected ${count} curves`)
    const restored = curves.map((curve) => {
      if (typeof curve !== 'object' || curve === null) throw new StateError('calibration: expected a curve')
      return method === 'sigmoid' ? SigmoidCurve.restore(curve) : IsotonicCurve.restore(curve)
    })
    return new ProbabilityCalibrator(method, scale, classCount, restored)
  }
}

/**
 * What scikit-learn's CalibratedClassifierCV fits for such a classifier: curves of the decision function where a
 * classifier has one, else of the probabilities. Of two classes the decision function of a logistic regression and of
 * boosting is the log-odds; of more classes theirs is not known from probabilities, and the log-odds of each class stand
 * in for it.
 */
export function scaleOf({ hasLogOdds }: Pick<FittedClassifier, 'hasLogOdds'>): CalibratedScale {
  return hasLogOdds === true ? 'log_odds' : 'probability'
}

/**
 * Fits a curve for each class against all others, one for two classes (Zadrozny, Elkan 2002), as scikit-learn's
 * CalibratedClassifierCV with ensemble=False. O(rows log rows × classes). Throws DataError when no row has weight.
 */
export function fitCalibrator(
  method: CalibrationMethod,
  scale: CalibratedScale,
  { probabilities, codes, classCount, sampleWeight }: ProbabilityRows,
): ProbabilityCalibrator {
  if (codes.length === 0 || sampleWeight?.every((weight) => weight === 0) === true) {
    throw new DataError('calibration: no row to calibrate on has a weight above 0')
  }
  const curves = Array.from({ length: curveCountOf(classCount) }, (_, k) => {
    const c = classCount === 2 ? 1 : k
    const rows = {
      scores: Float64Array.from(codes, (_, row) => scoreOf(probabilities, row * classCount, c, classCount, scale)),
      isTrue: Uint8Array.from(codes, (code) => (code === c ? 1 : 0)),
      ...(sampleWeight === undefined ? {} : { sampleWeight }),
    }
    return method === 'sigmoid' ? fitSigmoid(rows) : fitIsotonic(rows)
  })
  return new ProbabilityCalibrator(method, scale, classCount, curves)
}

function curveCountOf(classCount: number): number {
  return classCount === 2 ? 1 : classCount
}

/** start: where the row begins. */
function scoreOf(
  probabilities: Float64Array,
  start: number,
  c: number,
  classCount: number,
  scale: CalibratedScale,
): number {
  const probability = probabilities[start + c] as number
  if (scale === 'probability') return probability
  // The other of two classes has digits that 1 − p has lost.
  const rest = classCount === 2 ? (probabilities[start + 1 - c] as number) : 1 - probability
  return Math.log(Math.max(probability, TINY)) - Math.log(Math.max(rest, TINY))
}
