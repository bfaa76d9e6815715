// What a run asks for that is learned, or judged, on rows that a fit has not seen: plain data, as the spool keeps it.
import { type CalibrationMethod, isCalibrationMethod } from '../../learning/calibration/probability-calibrator.ts'
import {
  THRESHOLD_METRICS,
  type ThresholdGoal,
  type ThresholdMetric,
} from '../../learning/calibration/tune-threshold.ts'
import { FOLD_KINDS, type SearchSettings } from '../search/search-settings.ts'
import type { Level } from '../table.ts'

export type FoldKind = (typeof FOLD_KINDS)[number]
export const FOLD_COUNT = { min: 2, max: 20, default: 5 } as const
export const FOLD_REPEATS = { min: 1, max: 10, default: 1 } as const

/** How the training rows are divided for a cross-validation; a column of groups or times is no feature. */
export type FoldPlan = SearchSettings['folds']

/** From which probability on a row is taken for positive: a number, or what it is to be tuned for. */
export type ThresholdWish = ({ readonly value: number } | ThresholdGoal) & {
  /** The label of positive rows; absent: the greater of the two. */
  readonly positive?: Level
}

/** Members of an accepted run; each is absent where nobody asked for it. */
export interface CrossFitting {
  readonly crossValidation?: FoldPlan
  readonly calibration?: CalibrationMethod
  readonly threshold?: ThresholdWish
}

/** Whether what a run has under these names is what it may be. */
export function isCrossFitting(value: Readonly<Record<string, unknown>>): boolean {
  const { crossValidation, calibration, threshold } = value
  return (
    (crossValidation === undefined || isFoldPlan(crossValidation)) &&
    (calibration === undefined || isCalibrationMethod(calibration)) &&
    (threshold === undefined || isThresholdWish(threshold))
  )
}

function isFoldPlan(value: unknown): value is FoldPlan {
  if (!isRecord(value)) return false
  const { count, repeats, kind, column } = value
  return (
    isWhole(count, FOLD_COUNT) &&
    isWhole(repeats, FOLD_REPEATS) &&
    FOLD_KINDS.some((known) => known === kind) &&
    (kind === 'grouped' || kind === 'time' ? typeof column === 'string' : column === undefined)
  )
}

function isThresholdWish(value: unknown): value is ThresholdWish {
  if (!isRecord(value)) return false
  const { positive } = value
  if (positive !== undefined && !isLevel(positive)) return false
  if ('value' in value) return isShare(value['value'])
  return 'metric' in value ? isThresholdMetric(value['metric']) : areCosts(value['costs'])
}

export function isWhole(value: unknown, { min, max }: { readonly min: number; readonly max: number }): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}

export function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

export function isThresholdMetric(value: unknown): value is ThresholdMetric {
  return THRESHOLD_METRICS.some((metric) => metric === value)
}

/** Two finite numbers of 0 or more, not both 0. */
export function areCosts(
  value: unknown,
): value is { readonly false_positive: number; readonly false_negative: number } {
  if (!isRecord(value)) return false
  const costs = [value['false_positive'], value['false_negative']]
  const areNumbers = costs.every((cost) => typeof cost === 'number' && cost >= 0 && cost < Number.POSITIVE_INFINITY)
  return areNumbers && Object.keys(value).length === 2 && costs.some((cost) => cost !== 0)
}

export function isLevel(value: unknown): value is Level {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
