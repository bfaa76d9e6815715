// What a calibrator of one class comes to: from a score to a probability.
import type { EstimatorState } from '../estimator.ts'

/** Rows to calibrate on, of one class against all others. */
export interface ScoredRows {
  /** One finite score per row. */
  readonly scores: Float64Array
  /** 1 for the rows of the class, else 0. */
  readonly isTrue: Uint8Array
  /** One weight ≥ 0 per row, not all 0; absent means 1. */
  readonly sampleWeight?: Float64Array
}

export interface CalibrationCurve {
  /** From 0 to 1, growing or falling with the score. */
  probabilityOf(score: number): number
  toState(): EstimatorState
}
