// How the values of each feature are distributed among the training rows.
import { equalWidthHistogram, histogramRange } from '../learning/metrics/equal-width-histogram.ts'
import { spreadRows } from '../learning/spread-rows.ts'
import {
  type CategoricalColumn,
  type Column,
  type NumericColumn,
  type Table,
  type TimeColumn,
  takeRows,
} from '../model/table.ts'
import { DAY_MS } from '../model/times.ts'
import { FEATURE_CELLS_MAX, FEATURE_ROWS_MIN, LIMITS } from './limits.ts'
import type { FeatureReport } from './report-data.ts'
import type { HistogramReport } from './report-parts.ts'
import { isMixed, levelText, roundedOrNull, shortText } from './texts.ts'

const UNIX_YEAR = 1970
/** The mean year of the Gregorian calendar. */
const YEAR_MS = 365.2425 * DAY_MS

/**
 * The features with the given indices, over all rows, or over as many as make FEATURE_CELLS_MAX values, drawn evenly.
 * O(values + categories).
 */
export function describeFeatures(
  features: Table,
  indices: readonly number[],
  seed: number,
): { rows: number; features: FeatureReport[] } {
  const rowsMax = Math.max(FEATURE_ROWS_MIN, Math.floor(FEATURE_CELLS_MAX / Math.max(1, indices.length)))
  const isWhole = features.rowCount <= rowsMax
  const chosen: Table = { ...features, columns: indices.map((j) => features.columns[j] as Column) }
  const drawn = isWhole ? chosen : takeRows(chosen, spreadRows(features.rowCount, rowsMax, seed))
  return { rows: drawn.rowCount, features: drawn.columns.map(describeColumn) }
}

function describeColumn(column: Column): FeatureReport {
  if (column.kind === 'categorical') return describeCategories(column)
  return describeNumbers(column.kind === 'time' ? inYears(column) : column)
}

/** A time as a number that people read: the year, with its part that is over. */
function inYears({ name, values }: TimeColumn): NumericColumn {
  return { kind: 'numeric', name: `${name} (year)`, values: values.map((time) => UNIX_YEAR + time / YEAR_MS) }
}

function describeNumbers({ name, values }: NumericColumn): FeatureReport {
  let missing = 0
  let mean = 0
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) missing++
    else mean += (value - mean) / ++count
  }
  return {
    kind: 'numeric',
    name: shortText(name),
    missing,
    mean: count === 0 ? null : roundedOrNull(mean),
    histogram: histogramOf(values),
  }
}

/** Null where no value is finite. */
export function histogramOf(values: Float64Array): HistogramReport | null {
  const range = histogramRange(values, LIMITS.bins)
  if (range === undefined) return null
  const { counts } = equalWidthHistogram(values, range.from, range.to, range.binCount)
  return { from: range.from, to: range.to, counts: [...counts] }
}

function describeCategories({ name, codes, levels }: CategoricalColumn): FeatureReport {
  const counts = new Int32Array(levels.length)
  let missing = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    if (code < 0) missing++
    else counts[code] = (counts[code] as number) + 1
  }
  const top = largest(counts, LIMITS.categories)
  const mixed = isMixed(levels)
  const shown = top.map((code) => counts[code] as number)
  return {
    kind: 'categorical',
    name: shortText(name),
    missing,
    categoryCount: levels.length,
    names: top.map((code) => levelText(levels[code] as string, mixed)),
    counts: shown,
    others: codes.length - missing - shown.reduce((sum, count) => sum + count, 0),
  }
}

/** Indices of the `max` largest values, the largest first, the first of equal ones first. O(values × max). */
export function largest(values: ArrayLike<number>, max: number): number[] {
  const top: number[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (top.length === max && value <= (values[top[max - 1] as number] as number)) continue
    let place = top.length
    while (place > 0 && (values[top[place - 1] as number] as number) < value) place--
    top.splice(place, 0, i)
    if (top.length > max) top.pop()
  }
  return top
}
