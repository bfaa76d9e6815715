// What a training request says of cross-validation, calibration and threshold.
import { CALIBRATION_METHODS, isCalibrationMethod } from '../learning/calibration/probability-calibrator.ts'
import { THRESHOLD_METRICS } from '../learning/calibration/tune-threshold.ts'
import {
  areCosts,
  type CrossFitting,
  FOLD_COUNT,
  FOLD_REPEATS,
  type FoldKind,
  type FoldPlan,
  isLevel,
  isShare,
  isThresholdMetric,
  isWhole,
  type ThresholdWish,
} from '../model/cross-fitting/cross-fitting.ts'
import type { FaultList } from '../model/faults.ts'
import type { Pipeline } from '../model/pipeline.ts'
import { FOLD_KINDS } from '../model/search/search-settings.ts'
import { shown } from '../model/shown.ts'
import { asCategorical, type Level, type Table } from '../model/table.ts'
import type { AsideWishes, ColumnWish } from './set-aside.ts'

const EXPECTED_FOLDS = `expected a number of folds from ${FOLD_COUNT.min} to ${FOLD_COUNT.max}, or {"folds": …, "repeats": …, "kind": …, "column": …}`
const EXPECTED_THRESHOLD =
  'expected a number from 0 to 1, or an object with one of "value", "metric" and "costs", and perhaps "positive"'

type Members = Pick<ReadonlyMap<string, unknown>, 'get'>

/** What is asked for; the kind of folds is open until the column is read that they follow. */
export interface CrossFittingWish extends Omit<CrossFitting, 'crossValidation'> {
  readonly crossValidation?: FoldWish
  /** What the folds follow. */
  readonly crossValidateBy?: ColumnWish
}

/** Folds without a kind are of what rows are split by. */
export type FoldWish = Omit<FoldPlan, 'kind'> & { readonly kind: FoldKind | undefined }

/**
 * The members as they are kept, with their defaults: a calibration, or a threshold that is to be tuned, has five folds
 * where nobody says how many. Adds a fault for each thing that is wrong, or that such a pipeline cannot do.
 */
export function readCrossFitting(
  members: Members,
  pipeline: Pipeline,
  splitBy: AsideWishes['splitBy'],
  faults: FaultList,
): CrossFittingWish {
  const calibration = readCalibration(members.get('calibration'), faults)
  const threshold = readThreshold(members.get('threshold'), faults)
  const needsFolds = calibration !== undefined || (threshold !== undefined && !('value' in threshold))
  const asked = members.get('cross_validation')
  // 0 folds is as nothing said.
  const given = (asked === 0 ? undefined : asked) ?? (needsFolds ? FOLD_COUNT.default : undefined)
  const crossValidation = readFolds(given, pipeline, splitBy, faults)
  for (const [place, asked] of Object.entries({ calibration, threshold })) {
    if (asked !== undefined) checkDecides(place as 'calibration' | 'threshold', pipeline, faults)
  }
  if ((calibration ?? threshold) !== undefined && (crossValidation?.repeats ?? 1) > 1) {
    const detail = 'with a calibration or a threshold each row is validated once: expected repeats to be 1'
    faults.add({ in: 'cross_validation', detail })
  }
  return {
    ...(crossValidation === undefined ? {} : { crossValidation, ...foldColumnOf(crossValidation, splitBy) }),
    ...(calibration === undefined ? {} : { calibration }),
    ...(threshold === undefined ? {} : { threshold }),
  }
}

/** Adds a fault for labels that cannot be calibrated, or decided by a threshold. O(rows). */
export function checkDecidedLabels(
  { calibration, threshold }: Omit<CrossFitting, 'crossValidation'>,
  labels: Table,
  faults: FaultList,
): void {
  for (const column of calibration === undefined ? [] : labels.columns) {
    if (levelsPresent(column).length >= 2) continue
    faults.add({ in: 'calibration', column: column.name, detail: 'expected labels of two classes or more' })
  }
  if (threshold === undefined) return
  const [column] = labels.columns
  if (column === undefined || labels.columns.length > 1) {
    faults.add({ in: 'threshold', detail: `expected one label column, got ${labels.columns.length}` })
    return
  }
  const levels = levelsPresent(column)
  const place = { in: 'threshold', column: column.name } as const
  if (levels.length !== 2) faults.add({ ...place, detail: `expected labels of two classes, got ${levels.length}` })
  else if (threshold.positive !== undefined && !levels.includes(threshold.positive)) {
    faults.add({ ...place, detail: `positive: expected one of the two labels, got ${shown(threshold.positive)}` })
  }
}

function levelsPresent(column: Table['columns'][number]): readonly Level[] {
  const { codes, levels } = asCategorical(column)
  const present = new Set(codes)
  return levels.filter((_, code) => present.has(code))
}

function readCalibration(given: unknown, faults: FaultList): CrossFitting['calibration'] {
  if (given === undefined || given === null) return undefined
  if (isCalibrationMethod(given)) return given
  const names = CALIBRATION_METHODS.map((method) => JSON.stringify(method)).join(' or ')
  faults.add({ in: 'calibration', detail: `expected ${names}, got ${shown(given)}` })
  return undefined
}

function readFolds(
  given: unknown,
  { takesLabels, estimator }: Pipeline,
  splitBy: AsideWishes['splitBy'],
  faults: FaultList,
): FoldWish | undefined {
  if (given === undefined || given === null) return undefined
  const refuse = (detail: string): undefined => {
    faults.add({ in: 'cross_validation', detail })
    return undefined
  }
  if (!takesLabels) return refuse('the model learns without labels: there is nothing to judge a fold by')
  const members = typeof given === 'number' ? { folds: given } : given
  if (!isObject(members)) return refuse(`${EXPECTED_FOLDS}, got ${shown(given)}`)
  const { folds = FOLD_COUNT.default, repeats = FOLD_REPEATS.default, kind, column, ...others } = members
  const before = faults.count
  for (const name of Object.keys(others)) refuse(`unknown member ${shown(name)}; ${EXPECTED_FOLDS}`)
  if (!isWhole(folds, FOLD_COUNT)) refuse(`folds: expected an integer from 2 to 20, got ${shown(folds)}`)
  if (!isWhole(repeats, FOLD_REPEATS)) refuse(`repeats: expected an integer from 1 to 10, got ${shown(repeats)}`)
  const isKind = kind === undefined || FOLD_KINDS.some((known) => known === kind)
  if (!isKind) refuse(`kind: expected ${FOLD_KINDS.join(', ')}, got ${shown(kind)}`)
  const isName = column === undefined || typeof column === 'string'
  if (!isName) refuse(`column: expected the name of a column, got ${shown(column)}`)
  const isClassifier = estimator.kind === 'classifier'
  // A group that stands on both sides of a split would look as if it were foreseen.
  const isOpen = (kind ?? undefined) === undefined && column === undefined && splitBy !== undefined
  const chosen = isOpen ? undefined : ((kind as FoldKind | undefined) ?? (isClassifier ? 'stratified' : 'plain'))
  if (kind === 'stratified' && !isClassifier) refuse('kind: the labels are numbers: "stratified" is for classes')
  const needsColumn = chosen === 'grouped' || chosen === 'time'
  const by = splitBy !== undefined && (splitBy.as === undefined || SPLIT_KINDS[splitBy.as] === chosen) && splitBy.column
  const named = needsColumn && column === undefined && by !== false ? by : isOpen ? splitBy.column : column
  if (isKind && isName && needsColumn && named === undefined) refuse(`column: kind ${shown(chosen)} needs one`)
  if (isName && !needsColumn && column !== undefined) refuse('column: it is of the kinds "grouped" and "time"')
  if (faults.count > before) return undefined
  const plan = { count: folds as number, repeats: repeats as number, kind: chosen }
  return named === undefined ? plan : { ...plan, column: named as string }
}
const SPLIT_KINDS = { group: 'grouped', time: 'time' } as const

function foldColumnOf(
  { column, kind }: FoldWish,
  splitBy: AsideWishes['splitBy'],
): Pick<CrossFittingWish, 'crossValidateBy'> {
  if (column === undefined) return {}
  const as = kind === undefined ? splitBy?.as : kind === 'time' ? 'time' : 'group'
  return { crossValidateBy: { column, as } }
}

function readThreshold(given: unknown, faults: FaultList): ThresholdWish | undefined {
  if (given === undefined || given === null) return undefined
  const refuse = (detail: string): undefined => {
    faults.add({ in: 'threshold', detail })
    return undefined
  }
  const members = typeof given === 'number' ? { value: given } : given
  if (!isObject(members)) return refuse(`${EXPECTED_THRESHOLD}, got ${shown(given)}`)
  const { positive, ...goal } = members
  const [name, ...more] = Object.keys(goal)
  if (positive !== undefined && !isLevel(positive)) return refuse(`positive: expected a label, got ${shown(positive)}`)
  const rest = positive === undefined ? {} : { positive }
  if (name === undefined || more.length > 0) return refuse(EXPECTED_THRESHOLD)
  const { value, metric, costs } = goal
  if (name === 'value') {
    return isShare(value) ? { value, ...rest } : refuse(`expected a number from 0 to 1, got ${shown(value)}`)
  }
  if (name === 'metric') {
    if (isThresholdMetric(metric)) return { metric, ...rest }
    return refuse(`metric: expected one of ${THRESHOLD_METRICS.join(', ')}, got ${shown(metric)}`)
  }
  if (name !== 'costs') return refuse(`unknown member ${shown(name)}; ${EXPECTED_THRESHOLD}`)
  if (areCosts(costs)) return { costs, ...rest }
  return refuse(
    `costs: expected {"false_positive": …, "false_negative": …}, finite numbers of 0 or more, not both 0, got ${shown(costs)}`,
  )
}

function checkDecides(place: 'calibration' | 'threshold', pipeline: Pipeline, faults: FaultList): void {
  const { kind } = pipeline.estimator
  if (kind !== 'classifier') {
    faults.add({ in: place, detail: `it is of classifiers; the model is a ${kind.replaceAll('_', ' ')}` })
    return
  }
  if (pipeline.keepsDecisions) return
  faults.add({ in: place, detail: 'the model class fits or restores its pipeline itself, and decides itself' })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
