// What none of the packages can learn from, refused in words before they see it.
import { DataError, StateError } from '../learning/errors.ts'
import type { EstimatorState } from '../learning/estimator.ts'
import { hasMissing, type Matrix, requireDense } from '../learning/matrix.ts'

/** Throws DataError when there are no rows, no columns, missing values, or unequal weights. O(rows × columns). */
export function checkRows(x: Matrix, sampleWeight: Float64Array | undefined): void {
  requireDense(x, 'this estimator')
  if (x.rowCount === 0) throw new DataError('no rows to learn from')
  if (x.columns.length === 0) throw new DataError('no columns to learn from')
  if (hasMissing(x)) throw new DataError('values are missing, which this estimator cannot take: add impute()')
  if (sampleWeight?.some((weight) => weight !== sampleWeight[0])) {
    throw new DataError('the package that this estimator stands on takes no weights')
  }
}

/** columnCount and classCount of a state. Throws StateError unless they are whole numbers from 1 to a million. */
export function shapeOf(state: EstimatorState): { columnCount: number; classCount: number } {
  return { columnCount: countOf(state, 'columnCount'), classCount: countOf(state, 'classCount') }
}

/** The whole number from 1 to a million under `key`. Throws StateError. */
export function countOf(state: EstimatorState, key: string): number {
  const value = state[key]
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1e6) return value
  throw new StateError(`expected ${key} to be a whole number from 1 to 1,000,000`)
}

/** The Float64Array under `key`, of this length, with finite numbers. Throws StateError. */
export function finiteNumbersOf(state: EstimatorState, key: string, length: number): Float64Array {
  const value = state[key]
  if (value instanceof Float64Array && value.length === length && value.every(Number.isFinite)) return value
  throw new StateError(`expected ${key} to be ${length} finite float64 numbers`)
}
