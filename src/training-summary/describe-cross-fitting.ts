// What a cross-validation, a calibration and a threshold are told as.
import type { TunedThreshold } from '../learning/calibration/tune-threshold.ts'
import { firstMaxima } from '../learning/first-maxima.ts'
import { brierScore } from '../learning/metrics/brier-score.ts'
import { logLoss } from '../learning/metrics/log-loss.ts'
import type { FoldMetric } from '../model/cross-fitting/fold-metrics.ts'
import type { CrossValidation } from '../model/cross-validate.ts'
import type { FittedOutput } from '../model/output-rows.ts'
import type { Level } from '../model/table.ts'
import type { CalibratedReport, CrossValidatedReport, ThresholdReport } from './cross-fitting-data.ts'
import { calibrationOf } from './describe-classes.ts'
import { LIMITS } from './limits.ts'
import { rounded, shortText } from './texts.ts'

export function describeFolds(
  { folds }: Pick<CrossValidation, 'folds'>,
  metrics: readonly FoldMetric[],
): Pick<CrossValidatedReport, 'rows' | 'metrics'> {
  return {
    rows: folds.reduce((sum, { validationRows }) => sum + validationRows, 0),
    metrics: metrics.slice(0, LIMITS.metrics).map(({ name, values, summary: { mean, deviation, interval } }) => ({
      name: shortText(name),
      mean: rounded(mean),
      deviation: rounded(deviation),
      from: rounded(interval.from),
      to: rounded(interval.to),
      folds: [...values].map(rounded),
    })),
  }
}

/** Validated rows with probabilities, row-major rows × classes, before and after. */
export interface CalibratedRows {
  readonly codes: Int32Array
  readonly sampleWeight: Float64Array | undefined
  readonly before: Float64Array
  readonly after: Float64Array
}

export function describeCalibration(
  { name, levels = [], calibration }: FittedOutput,
  { codes, sampleWeight, before, after }: CalibratedRows,
  seed: number,
): CalibratedReport | undefined {
  if (calibration === undefined) return undefined
  const judge = (values: Float64Array): CalibratedReport['before'] => {
    const predictedCodes = firstMaxima(values, levels.length, new Int32Array(codes.length))
    const judged = { levels, trueCodes: codes, predictedCodes, probabilities: { name, levels, values } }
    const { counts = [], probabilities = [], fractions = [] } = calibrationOf(judged, seed) ?? {}
    return {
      logLoss: rounded(logLoss(codes, values, levels.length, sampleWeight)),
      brier: rounded(brierScore(codes, values, levels.length, sampleWeight)),
      bins: { counts, probabilities, fractions },
    }
  }
  return {
    label: shortText(name),
    method: calibration.method,
    rows: codes.length,
    before: judge(before),
    after: judge(after),
  }
}

/** goal: in words, where the threshold was tuned. */
export function describeThreshold(
  { name, levels = [], threshold }: FittedOutput,
  tuned: { readonly goal: string; readonly found: TunedThreshold } | undefined,
): ThresholdReport | undefined {
  if (threshold === undefined) return undefined
  const level = levels[threshold.positive] as Level
  const curve = tuned && {
    goal: shortText(tuned.goal),
    score: rounded(tuned.found.score),
    thresholds: [...tuned.found.thresholds].map((value) => Math.min(1, Math.max(0, rounded(value)))),
    scores: [...tuned.found.scores].map(rounded),
  }
  return {
    label: shortText(name),
    positive: typeof level === 'string' ? shortText(level) : level,
    value: threshold.probability,
    ...(curve ?? { thresholds: [], scores: [] }),
  }
}
