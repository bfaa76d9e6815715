// What predictions are on the mean when one feature has one value in all rows: partial dependence (Friedman 2001).
import { finiteAscending } from '../learning/finite-ascending.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import type { FittedPipeline, Predictions, PredictOptions } from '../model/fitted-pipeline.ts'
import type { FittedOutput } from '../model/output-rows.ts'
import { type CategoricalColumn, type Column, type NumericColumn, type Table, takeRows } from '../model/table.ts'
import { largest } from './describe-features.ts'
import type { DependenceReport } from './fit-report.ts'
import { LIMITS } from './limits.ts'
import { isMixed, levelText, rounded, shortText } from './texts.ts'

/** Rows that are averaged over at the most, and predictions for all features of a label together. */
const ROWS_MAX = 500
const PREDICTED_MAX = 5_000
/** Fewer rows say nothing. */
const ROWS_MIN = 10
/** Features that are looked at, as some have no grid. */
const RANKED_MAX = 20
/** Of numbers: the ends of what is drawn, as scikit-learn has it, so that outliers do not stretch it. */
const [SHARE_FROM, SHARE_TO] = [0.05, 0.95]

/** A feature, and what its values are set to. */
interface Grid {
  readonly column: NumericColumn | CategoricalColumn
  /** Numbers, or codes of categories. */
  readonly points: readonly number[]
}

/**
 * The most important features with a mean prediction for each point of a grid: quantiles of a number, the most frequent
 * categories. Columns of times and texts are passed over, and those with one value. `codes`: the classes that are shown. The
 * rows are drawn by the seed; their number makes all predictions no more than 5,000. The cost is that of these.
 */
export async function partialDependence(
  pipeline: FittedPipeline,
  features: Table,
  importances: Float64Array,
  output: FittedOutput,
  codes: readonly number[],
  seed: number,
  options: PredictOptions,
): Promise<DependenceReport[]> {
  const grids = largest(importances, RANKED_MAX)
    .flatMap((j) => ((importances[j] as number) > 0 ? gridOf(features.columns[j] as Column) : []))
    .slice(0, LIMITS.dependences)
  const pointCount = grids.reduce((sum, { points }) => sum + points.length, 0)
  const rowCount = Math.min(ROWS_MAX, Math.floor(PREDICTED_MAX / Math.max(1, pointCount)), features.rowCount)
  if (pointCount === 0 || rowCount < Math.min(ROWS_MIN, features.rowCount)) return []
  const drawn = takeRows(features, spreadRows(features.rowCount, rowCount, seed))
  const reports: DependenceReport[] = []
  for (const grid of grids) {
    const means = await dependenceOn(pipeline, drawn, grid, output, codes, options)
    reports.push(reportOf(grid, output, codes, means, rowCount))
  }
  return reports
}

/** Mean predictions, line by line, of rows whose column has the value of each point. */
export async function dependenceOn(
  pipeline: FittedPipeline,
  rows: Table,
  { column, points }: Grid,
  output: FittedOutput,
  codes: readonly number[],
  options: PredictOptions,
): Promise<number[][]> {
  const predictions = await pipeline.predict(repeatWith(rows, column.name, points), options)
  const lines = output.fitted.kind === 'classifier' ? codes : [0]
  return lines.map((line) =>
    points.map((_, point) => {
      let mean = 0
      for (let i = 0; i < rows.rowCount; i++) {
        mean += saidOf(predictions, output, line, point * rows.rowCount + i) / rows.rowCount
      }
      return mean
    }),
  )
}

/** The probability of a class, or the number. */
function saidOf(
  { labels, probabilities }: Predictions,
  { name, levels = [], fitted }: FittedOutput,
  code: number,
  row: number,
): number {
  if (fitted.kind === 'classifier') {
    const values = probabilities.find((candidate) => candidate.name === name)?.values
    return values?.[row * levels.length + code] as number
  }
  const column = labels.columns.find((candidate) => candidate.name === name) as NumericColumn
  return column.values[row] as number
}

function gridOf(column: Column): Grid[] {
  if (column.kind === 'time' || (column.kind === 'categorical' && column.isText === true)) return []
  const points = column.kind === 'categorical' ? frequentCodes(column) : quantilesOf(column.values)
  return points.length < 2 ? [] : [{ column, points }]
}

function frequentCodes({ codes, levels }: CategoricalColumn): number[] {
  const counts = new Int32Array(levels.length)
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1
  return largest(counts, LIMITS.dependencePoints).filter((code) => (counts[code] as number) > 0)
}

/** All values where they are few, else values that stand at equal steps among those that are present. */
function quantilesOf(values: Float64Array): number[] {
  const sorted = finiteAscending(values)
  const distinct: number[] = []
  for (let i = 0; i < sorted.length && distinct.length <= LIMITS.dependencePoints; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct.push(sorted[i] as number)
  }
  if (distinct.length <= LIMITS.dependencePoints) return distinct
  const last = LIMITS.dependencePoints - 1
  const points = Array.from({ length: LIMITS.dependencePoints }, (_, k) => {
    const share = SHARE_FROM + ((SHARE_TO - SHARE_FROM) * k) / last
    return sorted[Math.round(share * (sorted.length - 1))] as number
  })
  return [...new Set(points)]
}

function repeatWith({ rowCount, columns }: Table, name: string, points: readonly number[]): Table {
  const length = rowCount * points.length
  const repeated = columns.map((column): Column => {
    const valueAt = (from: ArrayLike<number>, k: number): number =>
      column.name === name ? (points[Math.floor(k / rowCount)] as number) : (from[k % rowCount] as number)
    return column.kind === 'categorical'
      ? { ...column, codes: Int32Array.from({ length }, (_, k) => valueAt(column.codes, k)) }
      : { ...column, values: Float64Array.from({ length }, (_, k) => valueAt(column.values, k)) }
  })
  return { rowCount: length, columns: repeated }
}

function reportOf(
  { column, points }: Grid,
  { levels = [] }: FittedOutput,
  codes: readonly number[],
  means: readonly (readonly number[])[],
  rows: number,
): DependenceReport {
  const mixed = isMixed(levels)
  const lines = levels.length === 0 ? [null] : codes.map((code) => levelText(levels[code] as string, mixed))
  const values = means.map((line) => line.map(rounded))
  const head = { name: shortText(column.name), rows, lines, values }
  if (column.kind === 'numeric') return { kind: 'numeric', ...head, points: points.map(rounded) }
  const ofColumn = isMixed(column.levels)
  const names = points.map((code) => levelText(column.levels[code] as string, ofColumn))
  return { kind: 'categorical', ...head, names }
}
