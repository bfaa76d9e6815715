// Columns that are left out of what the estimator sees.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { type EncodingStep, type FittedStep, type Frame, replaceColumns } from './step.ts'

/** Leaves out the named columns; rows must have them all the same. Names that no column has are passed over. */
export function drop(columns: readonly string[]): EncodingStep {
  return {
    type: 'drop',
    fit: ({ columnNames }) => fittedDrop(Int32Array.from(columnNames, (name) => (columns.includes(name) ? 1 : 0))),
    restore({ dropped }: EstimatorState) {
      if (!(dropped instanceof Int32Array)) throw new StateError('expected which columns are dropped')
      return fittedDrop(dropped)
    },
  }
}

/** dropped: per column of the incoming frame 1 where it is left out. */
function fittedDrop(dropped: Int32Array): FittedStep {
  return {
    type: 'drop',
    transform: (frame: Frame) => replaceColumns(frame, (j) => (dropped[j] === 1 ? [] : undefined)),
    toState: () => ({ dropped }),
  }
}
