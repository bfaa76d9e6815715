// What linear, ridge and lasso regression come to: one coefficient per column, and an intercept.
import { requireColumns } from '../column-count.ts'
import { DataError, StateError } from '../errors.ts'
import type { EstimatorState, FittedRegressor, LinearTerms } from '../estimator.ts'
import type { Explanation } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { SparseRows } from '../sparse.ts'
import { columnName } from './column-summary.ts'
import { explainLines, meansByColumn, requireMeans } from './explain-lines.ts'
import type { PreparedRegression } from './regression-design.ts'

export interface LinearFit {
  /** One per column of the fitted Matrix; 0 for a column that does not vary. */
  readonly coefficients: Float64Array
  readonly intercept: number
  /** Of the training rows, by their weights; undefined without an intercept, and where it was not kept. */
  readonly means?: Float64Array | undefined
  readonly isConverged: boolean
  readonly iterations: number
}

export class FittedLinearRegressor implements FittedRegressor, LinearFit {
  readonly kind = 'regressor'
  readonly columnCount: number
  readonly coefficients: Float64Array
  readonly intercept: number
  readonly means: Float64Array | undefined
  readonly isConverged: boolean
  readonly iterations: number

  constructor(fit: LinearFit) {
    this.columnCount = fit.coefficients.length
    this.coefficients = fit.coefficients
    this.intercept = fit.intercept
    this.means = fit.means
    this.isConverged = fit.isConverged
    this.iterations = fit.iterations
  }

  /** O(rows × columns), of sparse columns O(values). */
  predict(x: RowBlock): Float64Array {
    requireColumns(this.columnCount, x)
    const { coefficients, intercept } = this
    const { values, rowCount, columnCount: d, sparse } = x
    const predicted = new Float64Array(rowCount)
    let i = 0
    // Four rows at a time: one would wait for each addition to end.
    for (; i + 3 < rowCount; i += 4) {
      let a = intercept
      let b = intercept
      let c = intercept
      let e = intercept
      for (let j = 0, at = i * d; j < d; j++, at++) {
        const coefficient = coefficients[j] as number
        a += coefficient * (values[at] as number)
        b += coefficient * (values[at + d] as number)
        c += coefficient * (values[at + 2 * d] as number)
        e += coefficient * (values[at + 3 * d] as number)
      }
      predicted[i] = a
      predicted[i + 1] = b
      predicted[i + 2] = c
      predicted[i + 3] = e
    }
    for (; i < rowCount; i++) {
      let sum = intercept
      for (let j = 0, at = i * d; j < d; j++, at++) sum += (coefficients[j] as number) * (values[at] as number)
      predicted[i] = sum
    }
    if (sparse !== undefined) this.addSparse(sparse, predicted)
    return predicted
  }

  /** The sparse columns are the last ones. */
  private addSparse({ columnCount, starts, columns, values }: SparseRows, predicted: Float64Array): void {
    const own = this.coefficients.subarray(this.columnCount - columnCount)
    for (let i = 0; i < predicted.length; i++) {
      let sum = predicted[i] as number
      const end = starts[i + 1] as number
      for (let k = starts[i] as number; k < end; k++)
        sum += (own[columns[k] as number] as number) * (values[k] as number)
      predicted[i] = sum
    }
  }

  get linearTerms(): LinearTerms {
    return { classCodes: [null], intercepts: Float64Array.of(this.intercept), coefficients: this.coefficients }
  }

  explain(x: RowBlock): Explanation {
    requireColumns(this.columnCount, x)
    const lines = explainLines(x, this.linearTerms, this.means, [0])
    return { explainedAs: 'value', link: 'identity', classCodes: [null], ...lines }
  }

  toState(): EstimatorState {
    const { coefficients, intercept, means, isConverged, iterations } = this
    const state = { coefficients, intercept, isConverged, iterations }
    return means === undefined ? state : { ...state, means }
  }
}

/**
 * The fitted regressor on all columns, from coefficients of those that vary. Throws DataError where a number is not
 * finite: that is never an answer.
 */
export function fittedFrom(
  { design, features, fitIntercept }: PreparedRegression,
  coefficients: Float64Array,
  columnCount: number,
  convergence: { isConverged: boolean; iterations: number },
): FittedLinearRegressor {
  const all = new Float64Array(columnCount)
  let intercept = design.offsets[features.length] as number
  for (let k = 0; k < features.length; k++) {
    const feature = features[k] as number
    if (!Number.isFinite(coefficients[k])) {
      throw new DataError(`${columnName(feature)} leads to a coefficient that overflows; scale it`)
    }
    all[feature] = coefficients[k] as number
    intercept -= (coefficients[k] as number) * (design.offsets[k] as number)
  }
  if (!Number.isFinite(intercept)) throw new DataError('the values are too large: the intercept overflows')
  const means = fitIntercept ? meansByColumn(features, design.offsets, columnCount) : undefined
  return new FittedLinearRegressor({ coefficients: all, intercept, means, ...convergence })
}

/** Throws StateError when the state is not one that toState wrote. */
export function restoreLinearRegressor(state: EstimatorState): FittedLinearRegressor {
  const { coefficients, intercept, means, isConverged, iterations } = state
  if (!(coefficients instanceof Float64Array)) throw new StateError('coefficients: expected a Float64Array')
  if (!coefficients.every(Number.isFinite)) throw new StateError('coefficients: expected finite numbers')
  if (typeof intercept !== 'number' || !Number.isFinite(intercept)) {
    throw new StateError('intercept: expected a finite number')
  }
  if (typeof isConverged !== 'boolean') throw new StateError('isConverged: expected true or false')
  if (!Number.isSafeInteger(iterations)) throw new StateError('iterations: expected an integer')
  requireMeans(means, coefficients.length)
  return new FittedLinearRegressor({ coefficients, intercept, means, isConverged, iterations: iterations as number })
}
