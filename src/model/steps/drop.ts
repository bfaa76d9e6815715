// Columns that are left out of what the estimator sees.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { type EncodingStep, type FittedStep, type Frame, replaceColumns } from './step.ts'

/** Leaves out the named columns; rows must have them all the same. Names that no column has are passed over. */
export function drop(columns: readonly string[]): EncodingStep {
  return {
    type: 'drop',
    fit: ({ columnNames }) => leaveOut('drop', (j) => columns.includes(columnNames[j] as string), columnNames.length),
    restore: (state) => restoreLeftOut('drop', state),
  }
}

/** A fitted step that leaves out those of `columnCount` columns for which that is true. */
export function leaveOut(type: string, isLeftOut: (j: number) => boolean, columnCount: number): FittedStep {
  return fittedDrop(
    type,
    new Int32Array(columnCount).map((_, j) => (isLeftOut(j) ? 1 : 0)),
  )
}

/** Throws StateError. */
export function restoreLeftOut(type: string, { dropped }: EstimatorState): FittedStep {
  if (!(dropped instanceof Int32Array)) throw new StateError('expected which columns are dropped')
  return fittedDrop(type, dropped)
}

/** dropped: per column of the incoming frame 1 where it is left out. */
function fittedDrop(type: string, dropped: Int32Array): FittedStep {
  return {
    type,
    isBuiltIn: true,
    transform: (frame: Frame) => replaceColumns(frame, (j) => (dropped[j] === 1 ? [] : undefined)),
    toState: () => ({ dropped }),
  }
}
