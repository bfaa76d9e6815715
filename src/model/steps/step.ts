// What every encoding step is: unfitted it learns from a frame, fitted it turns frames into others.
import { StateError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import type { Matrix } from '../../learning/matrix.ts'

/** A matrix whose columns have names: those of the table first, those that steps made later. */
export interface Frame extends Matrix {
  readonly columnNames: readonly string[]
  /**
   * Of each column, whether it is one of 0 and 1 for a category, which has no missing value and needs no scale. Absent:
   * none is.
   */
  readonly isIndicator?: readonly boolean[]
}

export interface EncodingStep {
  /** Written into artifacts; a pipeline restores only steps of its own types, in its own order. */
  readonly type: string
  /** Learns from the training rows, which stay as they are. */
  fit(frame: Frame): FittedStep
  /** Throws StateError when the state is not one that this step wrote. */
  restore(state: EstimatorState): FittedStep
}

export interface FittedStep {
  readonly type: string
  /** O(cells), without writing to the frame. Frames have the columns that `fit` saw, and any number of rows. */
  transform(frame: Frame): Frame
  toState(): EstimatorState
}

/** Which columns a step works on: those named, or every one of its kind. */
export interface StepOptions {
  readonly columns?: readonly string[]
}

export function selects(options: StepOptions, name: string): boolean {
  return options.columns === undefined || options.columns.includes(name)
}

/** The same for a column of a frame, where columns for categories are left as they are if they are not named. */
export function selectsValues(options: StepOptions, { columnNames, isIndicator }: Frame, j: number): boolean {
  if (options.columns === undefined) return isIndicator?.[j] !== true
  return options.columns.includes(columnNames[j] as string)
}

/** The Float64Array under `key` of a state, of the given length. Throws StateError. */
export function numbersOf(state: EstimatorState, key: string, length?: number): Float64Array {
  const value = state[key]
  if (value instanceof Float64Array && (length === undefined || value.length === length)) return value
  throw new StateError(`expected ${key} to be a Float64Array${length === undefined ? '' : ` of length ${length}`}`)
}
