// The least that a model must do better than: to answer the most frequent class of its training rows, or their mean.
import type { Estimator } from '../../learning/estimator.ts'
import { mean, variance } from '../../learning/metrics/moments.ts'
import { squaresUnit } from '../../learning/metrics/squares-unit.ts'
import type { Warning } from '../../learning/warnings.ts'
import type { Metrics } from '../model.ts'
import { asCategorical, type Column, cellsOf, type Level, type Table } from '../table.ts'

interface Rows {
  readonly labels: Table
  readonly metrics: Metrics
}

/** Metrics of such an answer on some rows, by scikit-learn's names. classCounts: rows by class, of those that have any. */
export type Baseline =
  | {
      readonly kind: 'majority'
      readonly metrics: { readonly accuracy: number }
      readonly classCounts: readonly number[]
    }
  | { readonly kind: 'mean'; readonly metrics: { readonly r2: number; readonly root_mean_squared_error: number } }

/** Of what the training rows say, on the rows whose labels are `judged`. Undefined where there is no label. */
export function baselineOf(trained: Column, judged: Column, kind: Estimator['kind']): Baseline | undefined {
  if (kind === 'classifier') return majority(trained, judged)
  if (kind !== 'regressor' || trained.kind !== 'numeric' || judged.kind !== 'numeric') return undefined
  const unit = squaresUnit(trained.values, judged.values)
  const inUnit = (values: Float64Array): Float64Array => (unit === 1 ? values : values.map((value) => value / unit))
  const center = mean(inUnit(trained.values))
  const values = inUnit(judged.values)
  const squares = mean(values.map((value) => (value - center) ** 2))
  const spread = variance(values)
  const r2 = spread > 0 ? 1 - squares / spread : squares > 0 ? 0 : 1
  return { kind: 'mean', metrics: { r2, root_mean_squared_error: Math.sqrt(squares) * unit } }
}

/** Fewer rows held out cannot tell a good model from a bad one. */
const ROWS_MIN = 20
/** Fewer rows to train on are a trial, of which nothing is expected. */
const TRAINING_ROWS_MIN = 5
/** By chance balanced accuracy and area may be a little more than those of an answer that is always the same, ... */
const BALANCED_MARGIN = 0.02
const ROC_AUC_MARGIN = 0.05
/** ... and of few rows so many standard errors. */
const STANDARD_ERRORS = 2

/**
 * By the metrics of the rows held out, else of the training rows: what is no better on the rows that it has seen has
 * learned nothing. labelCount: with several their names have prefixes.
 */
export function baselineDoubt(
  label: Column,
  kind: Estimator['kind'],
  labelCount: number,
  training: Rows,
  validation: Rows | undefined,
): Warning | undefined {
  const held = validation !== undefined && validation.labels.rowCount >= ROWS_MIN ? validation : undefined
  const { labels, metrics } = held ?? training
  const judged = labels.columns.find(({ name }) => name === label.name)
  if (judged === undefined || labels.rowCount < TRAINING_ROWS_MIN) return undefined
  const baseline = baselineOf(label, judged, kind)
  if (baseline === undefined) return undefined
  const metric = (name: string): number | undefined => metrics[labelCount > 1 ? `${label.name}.${name}` : name]
  const rows = `${labels.rowCount} ${held === undefined ? 'training' : 'held-out'} rows`
  const code = 'NO_BETTER_THAN_BASELINE'
  if (baseline.kind === 'mean') {
    const r2 = metric('r2')
    // Of the mean itself rounding may leave a little.
    if (r2 === undefined || r2 > baseline.metrics.r2 + 1e-9) return undefined
    const message = `R² of ${rows} is ${short(r2)}, that of always answering the mean ${short(baseline.metrics.r2)}`
    return { code, message, column: label.name }
  }
  const accuracy = metric('accuracy')
  const { classCounts } = baseline
  const chance = chanceOf(classCounts)
  // Of rare classes a model may tell much and still be right no more often.
  const isBalanced = (metric('balanced_accuracy') ?? 0) > chance.balancedAccuracy
  const ranks = (metric('roc_auc') ?? 0) > chance.rocAuc
  if (
    accuracy === undefined ||
    accuracy > baseline.metrics.accuracy ||
    (classCounts.length > 1 && (isBalanced || ranks))
  )
    return undefined
  const message = `accuracy of ${rows} is ${short(accuracy)}, that of always answering the most frequent class ${short(baseline.metrics.accuracy)}`
  return { code, message, column: label.name }
}

/** What balanced accuracy and area are at the most, nearly always, of a model that tells nothing. counts: rows by class. */
function chanceOf(counts: readonly number[]): { readonly balancedAccuracy: number; readonly rocAuc: number } {
  const rowCount = counts.reduce((sum, count) => sum + count, 0)
  const part = 1 / counts.length
  const ofRecalls = Math.sqrt(counts.reduce((sum, count) => sum + (part * (1 - part)) / count, 0)) * part
  const rarest = Math.min(...counts)
  // Of the statistic of Mann and Whitney (1947), from which the area differs by a factor.
  const ofArea = Math.sqrt((rowCount + 1) / (12 * rarest * (rowCount - rarest)))
  return {
    balancedAccuracy: part + Math.max(BALANCED_MARGIN, STANDARD_ERRORS * ofRecalls),
    rocAuc: 0.5 + Math.max(ROC_AUC_MARGIN, STANDARD_ERRORS * ofArea),
  }
}

function majority(trained: Column, judged: Column): Baseline {
  const counts = countsOf(trained)
  let most: Level | undefined
  for (const [level, count] of counts) if (most === undefined || count > (counts.get(most) as number)) most = level
  const judgedCounts = countsOf(judged)
  const rowCount = cellsOf(judged).length
  const hits = most === undefined ? 0 : (judgedCounts.get(most) ?? 0)
  return { kind: 'majority', metrics: { accuracy: hits / rowCount }, classCounts: [...judgedCounts.values()] }
}

/** Rows by level, of those that have any, in the order of levels. */
function countsOf(column: Column): Map<Level, number> {
  const { codes, levels } = asCategorical(column)
  const counts = new Float64Array(levels.length)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code >= 0) counts[code] = (counts[code] as number) + 1
  }
  const counted = levels.map((level, code) => [level, counts[code] as number] as const)
  return new Map(counted.filter(([, count]) => count > 0))
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
