// A column of the baseline and the same column now, counted in the cells of the baseline.
import type { ColumnCells } from '../../cells/baseline.ts'
import { cellCountOf } from '../../cells/baseline.ts'
import { cellOfNumber } from '../../cells/cell-of.ts'
import { categoricalCells, lengthsOf, numericCells } from '../../cells/freeze-column.ts'
import { asCategorical, type CategoricalColumn, type Column, type Level } from '../../model/table.ts'

/** text: categories of which nearly every row has one of its own; then the lengths are compared, in characters. */
export type SampleKind = 'numeric' | 'time' | 'categorical' | 'text'

export interface ColumnSamples {
  readonly kind: SampleKind
  /** What the column is now, where it is something else; its values are compared as far as they are of the first kind. */
  readonly kindNow: SampleKind | undefined
  readonly cells: ColumnCells
  readonly reference: readonly number[]
  readonly current: readonly number[]
  /** The values of numbers and times in ascending order, without those that are missing; undefined of other columns. */
  readonly values: { readonly reference: Float64Array; readonly current: Float64Array } | undefined
}

/** Categories are text from so many on, if fewer than two rows share one in the mean. */
const TEXT_LEVELS_MIN = 100
const TEXT_ROWS_PER_LEVEL = 2

/** now: undefined where the current sample lacks the column; then all its `rowCount` values are missing. O(rows log rows). */
export function sampleColumn(column: Column, now: Column | undefined, rowCount: number): ColumnSamples {
  const kind = kindOf(column)
  const kindNow = now === undefined || isAllMissing(now) ? undefined : kindOf(now)
  const differing = kindNow === kind ? undefined : kindNow
  if (kind === 'categorical') {
    const known = asCategorical(column)
    const cells = categoricalCells(known, known.levels)
    const other = now === undefined ? missingCategories(column.name, rowCount) : asCategorical(now)
    const seen = new Set(known.levels)
    const count = (counted: CategoricalColumn) => countLevels(cells, seen, counted)
    return { kind, kindNow: differing, cells, reference: count(known), current: count(other), values: undefined }
  }
  const [values, valuesNow] = [numbersOf(column, kind), numbersOf(now, kind, rowCount)]
  const cells = numericCells(values)
  return {
    kind,
    // Texts that are few are categories, and have lengths all the same.
    kindNow: kind === 'text' && differing === 'categorical' ? undefined : differing,
    cells,
    reference: countNumbers(cells, values),
    current: countNumbers(cells, valuesNow),
    values: kind === 'text' ? undefined : { reference: ascending(values), current: ascending(valuesNow) },
  }
}

export function kindOf(column: Column): SampleKind {
  if (column.kind !== 'categorical') return column.kind
  const { codes, levels } = column
  const isText = levels.length >= TEXT_LEVELS_MIN && levels.length * TEXT_ROWS_PER_LEVEL > codes.length
  return isText ? 'text' : 'categorical'
}

function isAllMissing(column: Column): boolean {
  return column.kind === 'categorical' ? column.codes.every((code) => code < 0) : column.values.every(Number.isNaN)
}

function missingCategories(name: string, rowCount: number): CategoricalColumn {
  return { kind: 'categorical', name, codes: new Int32Array(rowCount).fill(-1), levels: [] }
}

/** What of the column is of the kind; all else is missing. */
function numbersOf(column: Column | undefined, kind: SampleKind, rowCount = 0): Float64Array {
  if (column === undefined) return new Float64Array(rowCount).fill(Number.NaN)
  if (kind === 'text') return lengthsOf(asCategorical(column))
  if (column.kind !== 'categorical' && column.kind === kind) return column.values
  if (column.kind !== 'categorical' || kind === 'time') {
    const length = column.kind === 'categorical' ? column.codes.length : column.values.length
    return new Float64Array(length).fill(Number.NaN)
  }
  const { codes, levels } = column
  return Float64Array.from(codes, (code) => {
    const level = levels[code]
    return typeof level === 'number' ? level : Number.NaN
  })
}

function countNumbers(cells: ColumnCells, values: Float64Array): number[] {
  const counts = new Array<number>(cellCountOf(cells)).fill(0)
  const edges = Float64Array.from(cells.kind === 'numeric' ? cells.edges : [])
  for (const value of values) counts[cellOfNumber(edges, value)]! += 1
  return counts
}

/** seen: all levels of the baseline, of which the most frequent have a cell. */
function countLevels(cells: ColumnCells, seen: ReadonlySet<Level>, { codes, levels }: CategoricalColumn): number[] {
  const counts = new Array<number>(cellCountOf(cells)).fill(0)
  const unseen = counts.length - 2
  const own = new Map((cells.kind === 'categorical' ? cells.levels : []).map((level, cell) => [level, cell]))
  const cellOf = levels.map((level) => own.get(level) ?? (seen.has(level) ? unseen - 1 : unseen))
  for (const code of codes) counts[cellOf[code] ?? unseen + 1]! += 1
  return counts
}

function ascending(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value)).sort()
}
