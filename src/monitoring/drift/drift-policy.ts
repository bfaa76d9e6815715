// How the drift of a project is looked at, out of what it says of its monitoring.
import type { LookKind, MonitoringWords } from '../log/monitoring-schemas.ts'
import { QUIET_LOOKS_MAX } from '../statistics/overdispersion.ts'

export interface DriftPolicy {
  /** Which of the two kinds of looks are told to the alerts; without one no looks are made. */
  readonly told: readonly LookKind[]
  /** One false alarm is allowed in so many days, over all columns and versions of the project. */
  readonly daysPerFalseAlarm: number
  /** Of a window. */
  readonly windowHours: number
  /** A window with too few rows begins earlier, by whole windows, until it is so long. */
  readonly windowHoursMax: number
  /**
   * So many first windows of a version say enough to estimate the overdispersion of its rows, which the next ones make surer;
   * 0 takes rows as independent.
   */
  readonly calibrationWindows: number
  /** Whether evidence is collected over the looks too. */
  readonly isSequential: boolean
  /** Of ordinary rows so many may be anomalous; 0 where none are scored. */
  readonly anomalyShare: number
}

const KINDS: readonly LookKind[] = ['drift', 'data_quality']

export function driftPolicyOf(words: MonitoringWords): DriftPolicy {
  return {
    told: KINDS.filter((kind) => words.looks.includes(kind)),
    daysPerFalseAlarm: words.days_per_false_alarm,
    windowHours: words.window_hours,
    windowHoursMax: words.window_hours_max,
    calibrationWindows: words.calibration_windows,
    isSequential: words.sequential,
    anomalyShare: words.anomaly_share,
  }
}

/** Windows that the overdispersion is estimated from at the most: the more, the surer it is, and the sooner a change is found. */
export function quietLooksMaxOf({ calibrationWindows }: Pick<DriftPolicy, 'calibrationWindows'>): number {
  return calibrationWindows === 0 ? 0 : Math.max(calibrationWindows, QUIET_LOOKS_MAX)
}

export function looksPerDayOf({ windowHours }: Pick<DriftPolicy, 'windowHours'>): number {
  return 24 / windowHours
}
