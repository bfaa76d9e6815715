// The columns that vary (scikit-learn's VarianceThreshold).
import { DataError } from '../../learning/errors.ts'
import { shownNames } from '../shown.ts'
import { leaveOut, restoreLeftOut } from './drop.ts'
import { type EncodingStep, type Frame, kindOf, type StepContext, type StepOptions, selects } from './step.ts'

interface SelectVaryingOptions extends StepOptions {
  /** The variance above which a column of numbers stays, at least 0. Default 0: all but constant ones. */
  readonly threshold?: number
}

/**
 * Leaves out columns of numbers whose population variance over the training rows is not above the threshold, and columns of
 * categories with one category; missing values do not count. Times and free text stay. What is left out is told.
 * O(cells). Throws DataError where no column would be left.
 */
export function selectVarying(options: SelectVaryingOptions = {}): EncodingStep {
  const { threshold = 0 } = options
  if (!(threshold >= 0))
    throw new TypeError(`selectVarying: threshold: expected a number of at least 0, got ${threshold}`)
  return {
    type: 'select_varying',
    fit(frame, context) {
      const stays = (j: number): boolean => {
        const kind = kindOf(frame, j)
        if (kind === 'time' || kind === 'text' || !selects(options, frame.columnNames[j] as string)) return true
        const column = frame.columns[j] as Float64Array
        return kind === 'categorical' ? rangeOf(column) > 0 : variationOf(column, threshold) > threshold
      }
      const kept = new Set(frame.columns.keys().filter(stays))
      if (kept.size === 0) throw new DataError(`no column has a variance above the ${threshold} of selectVarying()`)
      tellSelection(frame, kept, 'that vary', context)
      return leaveOut('select_varying', (j) => !kept.has(j), frame.columns.length)
    },
    restore: (state) => restoreLeftOut('select_varying', state),
  }
}

/** Tells which columns a selection leaves out. */
export function tellSelection(
  { columnNames }: Frame,
  kept: ReadonlySet<number>,
  which: string,
  { warn }: StepContext,
): void {
  const leftOut = columnNames.filter((_, j) => !kept.has(j))
  if (leftOut.length === 0) return
  const message = `${kept.size} of ${columnNames.length} columns ${which} were kept; left out: ${shownNames(leftOut)}`
  warn({ code: 'COLUMNS_SELECTED', message })
}

/** The variance; at a threshold of 0 not what rounding makes of equal values. NaN where no value is present. */
function variationOf(column: Float64Array, threshold: number): number {
  let count = 0
  let mean = 0
  for (const value of column) {
    if (Number.isNaN(value)) continue
    count += 1
    mean += (value - mean) / count
  }
  let squares = 0
  for (const value of column) if (!Number.isNaN(value)) squares += (value - mean) ** 2
  const variance = squares / count
  return threshold === 0 ? Math.min(variance, rangeOf(column)) : variance
}

function rangeOf(column: Float64Array): number {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of column) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return most - least
}
