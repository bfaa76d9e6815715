// One column of 0 and 1 per category (scikit-learn's OneHotEncoder with handle_unknown='ignore').
import { DataError, StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { type EncodingStep, type FittedStep, type Frame, replaceColumns, type StepOptions, selects } from './step.ts'

/** Columns that a frame may have after encoding: beyond it a method that needs them is the wrong one. */
export const ENCODED_COLUMNS_MAX = 10_000

/**
 * Replaces categorical columns by one numeric column per category, in the order of the categories, 1 where the row is
 * of it. A missing value is 0 in all of them. Throws DataError when more than 10,000 columns would come of it.
 */
export function oneHot(options: StepOptions = {}): EncodingStep {
  return {
    type: 'one_hot',
    fit(frame) {
      const widths = frame.categoryCounts.map((count, j) =>
        selects(options, frame.columnNames[j] as string) ? count : 0,
      )
      const total = widths.reduce((sum, width) => sum + Math.max(width, 1), 0)
      if (total > ENCODED_COLUMNS_MAX) {
        const widest = frame.columnNames[widths.indexOf(Math.max(...widths))]
        throw new DataError(
          `one-hot encoding makes ${total} columns, at most ${ENCODED_COLUMNS_MAX} are possible; ` +
            `column "${widest}" has ${Math.max(...widths)} categories: use a model that takes categories as they are`,
        )
      }
      return new FittedOneHot(widths)
    },
    restore(state) {
      const widths = state['widths']
      if (!(widths instanceof Int32Array)) throw new StateError('expected widths to be an Int32Array')
      const total = widths.reduce((sum, width) => sum + Math.max(width, 1), 0)
      if (widths.some((width) => width < 0) || total > ENCODED_COLUMNS_MAX) throw new StateError('widths out of range')
      return new FittedOneHot([...widths])
    },
  }
}

class FittedOneHot implements FittedStep {
  readonly type = 'one_hot'
  /** Per column of the incoming frame: its categories, or 0 where it passes as it is. */
  private readonly widths: readonly number[]

  constructor(widths: readonly number[]) {
    this.widths = widths
  }

  transform(frame: Frame): Frame {
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
    return { widths: Int32Array.from(this.widths) }
  }
}
