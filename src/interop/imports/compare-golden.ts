// Whether a model answers golden rows as its framework did.
import { ServiceError } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import type { Predictions } from '../../model/fitted-pipeline.ts'
import type { ReadColumn } from '../../model/read-column.ts'
import { shown } from '../../model/shown.ts'
import { type Level, valueAt } from '../../model/table.ts'
import { type GoldenColumn, goldenValue } from './golden-rows.ts'

export interface GoldenComparison {
  readonly rows: number
  /** Names of the columns that were compared. */
  readonly columns: readonly string[]
  readonly tolerance: number
  /** The largest difference of a number, where it is; null where no number differs. */
  readonly worst: { readonly difference: number; readonly row: number; readonly column: string } | null
}

/** How far numbers may be apart, and against what a small one is measured. */
export interface Tolerance {
  readonly tolerance: number
  /** True of what counts in float32: a number near 0 among large ones has no digits of its own to lose. */
  readonly isFloat32: boolean
}

/**
 * Throws ServiceError GOLDEN_ROWS_DIFFER with the first rows that differ; each by its column, what was expected and what came.
 * Labels are compared as text. Numbers differ by |a − b| relative to |expected|; of float32 relative to no less than the mean of
 * the column's absolute values, 1 of probabilities. O(cells).
 */
export function compareGolden(
  columns: readonly GoldenColumn[],
  predictions: Predictions,
  { tolerance, isFloat32 }: Tolerance,
): GoldenComparison {
  const { rowCount } = predictions.labels
  const faults = new FaultList()
  let worst: GoldenComparison['worst'] = null
  const compared = columns.map((column) => comparedColumn(column, predictions, isFloat32))
  for (let row = 0; row < rowCount; row++) {
    for (const { name, expected, isNumber, floor, answerAt } of compared) {
      const wanted = goldenValue(expected, row)
      const got = answerAt(row)
      const difference = isNumber ? differenceOf(wanted, got, floor) : String(wanted) === String(got) ? 0 : Infinity
      if (isNumber && difference > (worst?.difference ?? 0)) worst = { difference, row, column: name }
      if (difference > tolerance) faults.add({ in: 'golden', row, column: name, detail: differing(wanted, got) })
    }
  }
  if (!faults.isEmpty) throw differ(faults, rowCount, worst)
  return { rows: rowCount, columns: columns.map(({ name }) => name), tolerance, worst }
}

interface ComparedColumn {
  readonly name: string
  readonly expected: ReadColumn
  /** What the model gives. */
  readonly answerAt: (row: number) => Level | null
  readonly isNumber: boolean
  /** What a difference is measured against at the least. */
  readonly floor: number
}

function comparedColumn(column: GoldenColumn, predictions: Predictions, isFloat32: boolean): ComparedColumn {
  const { name, expected, label, level } = column
  if (level === undefined) {
    const answer = predictions.labels.columns.find((each) => each.name === label)
    if (answer === undefined) throw new Error(`the model has no label column ${label}`)
    const floor = isFloat32 ? meanSize(expected, predictions.labels.rowCount) : 0
    return { name, expected, answerAt: (row) => valueAt(answer, row), isNumber: answer.kind === 'numeric', floor }
  }
  const ofLabel = predictions.probabilities.find((each) => each.name === label)
  if (ofLabel === undefined) throw new Error(`the model has no probabilities of ${label}`)
  const { levels, values } = ofLabel
  const code = levels.indexOf(level)
  const answerAt = (row: number): number => values[row * levels.length + code] as number
  return { name, expected, answerAt, isNumber: true, floor: isFloat32 ? 1 : 0 }
}

/** The mean of the absolute values. */
function meanSize(expected: ReadColumn, rowCount: number): number {
  let sum = 0
  let count = 0
  for (let row = 0; row < rowCount; row++) {
    const value = goldenValue(expected, row)
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    sum += Math.abs(value)
    count += 1
  }
  return count === 0 ? 0 : sum / count
}

/** Relative to `wanted`, and to no less than the floor; 0 where both are the same, infinite where only one is a finite number. */
export function differenceOf(wanted: Level | null, got: Level | null, floor: number): number {
  if (wanted === got) return 0
  const isMissing = (value: Level | null): boolean => value === null || Number.isNaN(value)
  if (isMissing(wanted) && isMissing(got)) return 0
  if (typeof wanted !== 'number' || typeof got !== 'number') return Infinity
  const difference = Math.abs(wanted - got)
  if (!Number.isFinite(difference)) return Infinity
  return difference / Math.max(Math.abs(wanted), floor)
}

function differing(wanted: Level | null, got: Level | null): string {
  return `expected ${shown(wanted)}, the model gives ${shown(got)}`
}

function differ(faults: FaultList, rowCount: number, worst: GoldenComparison['worst']): ServiceError {
  const rows = new Set(faults.listed.map(({ row }) => row))
  const many = faults.count > faults.listed.length ? 'at least ' : ''
  const most =
    worst === null ? '' : `; the largest difference is ${worst.difference} in row ${worst.row}, ${shown(worst.column)}`
  const detail = `${many}${rows.size} of ${rowCount} golden rows differ${most}: the file does not say what the framework predicts`
  return new ServiceError('GOLDEN_ROWS_DIFFER', detail, { faults })
}
