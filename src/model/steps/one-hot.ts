// One column of 0 and 1 per category (scikit-learn's OneHotEncoder with handle_unknown='ignore').
import { DataError, StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import type { SparseRows } from '../../learning/sparse.ts'
import { SPARSE_VALUES_MAX } from '../../learning/sparse.ts'
import {
  appendSparse,
  type EncodingStep,
  type FittedStep,
  type Frame,
  replaceColumns,
  type StepContext,
  type StepOptions,
  selects,
} from './step.ts'

/** Dense columns that a frame may have after encoding: beyond it a method that needs them is the wrong one. */
export const ENCODED_COLUMNS_MAX = 10_000
/** Values that the dense columns of all training rows may have: 1 GiB. */
const ENCODED_VALUES_MAX = 2 ** 27
const SPARSE_COLUMNS_MAX = 2 ** 18
/** Columns of all categories together from which they are sparse where the estimator takes that. */
const SPARSE_FROM = 128

/**
 * Replaces categorical columns by one numeric column per category, in the order of the categories, 1 where the row is
 * of it. A missing value is 0 in all of them. Where that adds 128 columns or more, and the estimator takes sparse ones,
 * they are sparse: O(rows). Throws DataError when more than 10,000 dense columns, or 1 GiB of them for an estimator that
 * takes no sparse ones, would come of it, or more than 262,144 sparse ones.
 */
export function oneHot(options: StepOptions = {}): EncodingStep {
  return {
    type: 'one_hot',
    fit(frame, context) {
      const widths = frame.categoryCounts.map((count, j) =>
        selects(options, frame.columnNames[j] as string) ? count : 0,
      )
      const isSparse = context.takesSparse === true && totalOf(widths) - widths.length >= SPARSE_FROM
      checkWidths(frame, widths, isSparse, context)
      return new FittedOneHot(widths, isSparse)
    },
    restore({ widths, isSparse }) {
      if (!(widths instanceof Int32Array)) throw new StateError('expected widths to be an Int32Array')
      if (isSparse !== undefined && isSparse !== true) throw new StateError('expected isSparse to be true')
      const most = isSparse === true ? SPARSE_COLUMNS_MAX : ENCODED_COLUMNS_MAX
      if (widths.some((width) => width < 0) || totalOf([...widths]) > most) throw new StateError('widths out of range')
      return new FittedOneHot([...widths], isSparse === true)
    },
  }
}

/** Columns after encoding. */
function totalOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + Math.max(width, 1), 0)
}

function checkWidths(
  { rowCount, columnNames }: Frame,
  widths: readonly number[],
  isSparse: boolean,
  { takesSparse }: StepContext,
): void {
  const total = totalOf(widths)
  const widest = Math.max(...widths)
  const advice = `column "${columnNames[widths.indexOf(widest)]}" has ${widest} categories: use a model that takes categories as they are`
  const most = isSparse ? SPARSE_COLUMNS_MAX : ENCODED_COLUMNS_MAX
  if (total > most) {
    throw new DataError(`one-hot encoding makes ${total} columns, at most ${most} are possible; ${advice}`)
  }
  const made = widths.reduce((sum, width) => sum + width, 0)
  if (!isSparse && takesSparse !== true && made * rowCount > ENCODED_VALUES_MAX) {
    throw new DataError(
      `one-hot encoding makes ${made} dense columns of ${rowCount} rows, which take more than 1 GiB; ` +
        `${advice}, one that takes sparse columns, or targetEncode()`,
    )
  }
}

class FittedOneHot implements FittedStep {
  readonly type = 'one_hot'
  readonly isBuiltIn = true
  /** Per column of the incoming frame: its categories, or 0 where it passes as it is. */
  private readonly widths: readonly number[]
  private readonly isSparse: boolean
  readonly passesAll: boolean

  constructor(widths: readonly number[], isSparse: boolean) {
    this.widths = widths
    this.isSparse = isSparse
    this.passesAll = widths.every((width) => width === 0)
  }

  transform(frame: Frame): Frame {
    if (this.passesAll) return frame
    if (this.isSparse) return this.toSparse(frame)
    return replaceColumns(frame, (j) => {
      const column = frame.columns[j] as Float64Array
      const width = this.widths[j] as number
      if (width === 0) return undefined
      const encoded = Array.from({ length: width }, () => new Float64Array(frame.rowCount))
      for (let i = 0; i < frame.rowCount; i++) {
        const target = encoded[column[i] as number]
        if (target !== undefined) target[i] = 1
      }
      const name = frame.columnNames[j]
      return encoded.map((values, code) => ({ name: `${name}=${code}`, values, isIndicator: true }))
    })
  }

  toState(): EstimatorState {
    const widths = Int32Array.from(this.widths)
    return this.isSparse ? { widths, isSparse: true } : { widths }
  }

  /** One part for all columns, so that the rows are written once. */
  private toSparse(frame: Frame): Frame {
    const { widths } = this
    const taken = widths.flatMap((width, j) => (width === 0 ? [] : [j]))
    const parts = taken.map((j) => {
      const name = frame.columnNames[j] as string
      const nameOf = (code: number): string => `${name}=${code}`
      return { columnCount: widths[j] as number, source: frame.sources?.[j] ?? name, nameOf }
    })
    const columnCount = parts.reduce((sum, part) => sum + part.columnCount, 0)
    const kept = replaceColumns(frame, (j) => (widths[j] === 0 ? undefined : []))
    const ones = onesByRow(
      taken.map((j) => frame.columns[j] as Float64Array),
      taken.map((j) => widths[j] as number),
      frame.rowCount,
    )
    return appendSparse(kept, { columnCount, ...ones }, parts)
  }
}

/**
 * A 1 in each row and column of codes from 0 to its width − 1, at the place of the code behind the widths of those before.
 * They are counted before anything is made for them. Throws DataError beyond SPARSE_VALUES_MAX.
 */
function onesByRow(
  columns: readonly Float64Array[],
  widths: readonly number[],
  rowCount: number,
): Omit<SparseRows, 'columnCount'> {
  const count = columns.reduce((sum, column, j) => sum + countCodes(column, widths[j] as number), 0)
  if (count > SPARSE_VALUES_MAX) {
    throw new DataError(`sparse columns hold at most ${SPARSE_VALUES_MAX} values other than 0, these have ${count}`)
  }
  const starts = new Int32Array(rowCount + 1)
  const places = new Int32Array(count)
  let end = 0
  for (let i = 0; i < rowCount; i++) {
    let first = 0
    for (let j = 0; j < columns.length; j++) {
      const code = (columns[j] as Float64Array)[i] as number
      const width = widths[j] as number
      if (code >= 0 && code < width) places[end++] = first + code
      first += width
    }
    starts[i + 1] = end
  }
  return { starts, columns: places, values: new Float64Array(count).fill(1) }
}

/** The rows whose code is from 0 to width − 1. */
function countCodes(column: Float64Array, width: number): number {
  let count = 0
  for (let i = 0; i < column.length; i++) {
    const code = column[i] as number
    if (code >= 0 && code < width) count += 1
  }
  return count
}
