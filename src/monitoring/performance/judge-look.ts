// Whether a version has become worse than it promised, and whether outcomes still come: deciding only.
import { SEVERITIES, type Severity, type Verdict } from '../../alerts/signals.ts'
import { normalTail } from '../../learning/distributions/normal.ts'
import { isLowerBetter } from '../../model/scoring.ts'
import { type Metric, Z } from './figures.ts'

export interface PromisedMetric {
  /** Of a metric of the training, or of the policy of the project. */
  readonly source: string
  readonly value: number
  /** Rows that it was measured on; undefined of a threshold, which is exact. */
  readonly rows: number | undefined
}

export interface LookJudgement {
  readonly verdict: Verdict
  readonly severity: Severity | undefined
}

/** Rows with an outcome, as if all weighed the same, that a judgement takes. */
export const ROWS_NEEDED = 100
/** Shares of coverage that a look is compared with, at the least and at the most. */
export const EARLIER_MIN = 3
export const EARLIER_MAX = 7
/** What is less is not worth an alarm, however sure: of a share a difference, of an error a part of what was promised. */
const LOSSES_OF_SHARE = [0.02, 0.05, 0.1, 0.2] as const
const LOSSES_OF_ERROR = [0.05, 0.1, 0.25, 0.5] as const

const INSUFFICIENT: LookJudgement = { verdict: 'insufficient_data', severity: undefined }
const GOOD: LookJudgement = { verdict: 'good', severity: undefined }

/**
 * Bad where the metric is worse than promised by more than chance explains, in one of 1 / level such looks, and by enough to
 * matter. One-sided, normal: the variance of the metric, and that of the promise, which is as if it had been measured with the
 * same variance a row on its own rows. rows: effective ones.
 */
export function judgePerformance(
  name: string,
  { value, interval }: Metric,
  rows: number,
  promise: PromisedMetric | undefined,
  level: number,
): LookJudgement {
  if (promise === undefined || interval === undefined || rows < ROWS_NEEDED) return INSUFFICIENT
  const isLower = isLowerBetter(name)
  const error = Math.max((interval.to - interval.from) / (2 * Z), Number.MIN_VALUE)
  const both = error * Math.sqrt(1 + (promise.rows === undefined ? 0 : rows / promise.rows))
  const loss = isLower ? value - promise.value : promise.value - value
  const isSure = normalTail(loss / both) < level
  const size = isLower ? loss / Math.abs(promise.value) : loss
  const losses = isLower ? LOSSES_OF_ERROR : LOSSES_OF_SHARE
  const severity = SEVERITIES[losses.findLastIndex((least) => size >= least)]
  return isSure && severity !== undefined ? { verdict: 'bad', severity } : GOOD
}

/**
 * Bad where less than half as many outcomes came as in the median of earlier looks: nobody who brings none is told so. earlier:
 * coverages of the looks before, the newest first.
 */
export function judgeCoverage(coverage: number | undefined, earlier: readonly number[]): LookJudgement {
  const compared = earlier.slice(0, EARLIER_MAX).sort((a, b) => a - b)
  if (coverage === undefined || compared.length < EARLIER_MIN) return INSUFFICIENT
  const usual = compared[Math.floor(compared.length / 2)] as number
  if (usual === 0) return INSUFFICIENT
  const left = coverage / usual
  if (left >= 0.5) return GOOD
  return { verdict: 'bad', severity: left < 0.1 ? 'high' : left < 0.25 ? 'medium' : 'low' }
}
