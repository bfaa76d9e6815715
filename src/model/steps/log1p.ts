// Columns of numbers as logarithms, for amounts that span powers of ten.
import { DataError } from '../../learning/errors.ts'
import { type EncodingStep, type FittedStep, kindOf, numbersOf, type StepOptions, selectsValues } from './step.ts'

/**
 * Takes ln(1 + x) of columns of numbers. Missing stays missing; so become later values of −1 and less. Throws DataError
 * naming a column that has such values in training.
 */
export function log1p(options: StepOptions = {}): EncodingStep {
  return {
    type: 'log1p',
    fit(frame) {
      const isTaken = frame.columns.map((_, j) => kindOf(frame, j) === 'numeric' && selectsValues(options, frame, j))
      frame.columns.forEach((column, j) => {
        if (isTaken[j] && column.some((value) => value <= -1)) {
          throw new DataError(`column "${frame.columnNames[j]}" has values of -1 and less, which have no log1p`)
        }
      })
      return fittedLog(Float64Array.from(isTaken, Number))
    },
    restore: (state) => fittedLog(numbersOf(state, 'taken')),
  }
}

/** taken: per column of the incoming frame 1 where its logarithms are taken. */
function fittedLog(taken: Float64Array): FittedStep {
  return {
    type: 'log1p',
    isBuiltIn: true,
    transform(frame) {
      const logOf = (value: number): number => (value > -1 ? Math.log1p(value) : Number.NaN)
      return { ...frame, columns: frame.columns.map((column, j) => (taken[j] === 1 ? column.map(logOf) : column)) }
    },
    toState: () => ({ taken }),
  }
}
