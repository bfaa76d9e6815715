// The centred, weighted view of data with sparse columns that least squares and lasso work on.
import { DataError } from '../errors.ts'
import type { SparseRows } from '../sparse.ts'
import { columnName, summarizeColumn } from './column-summary.ts'
import { meansByColumn } from './explain-lines.ts'
import { FittedLinearRegressor } from './fitted-linear-regressor.ts'
import { scaledWeights } from './regression-design.ts'
import { type SplitMatrix, sparseSums } from './split-sparse.ts'

/**
 * Entry (i, j) is root i · (value − mean j), where the dense features come first.
 *
 * dense       copies with that done
 * sparse      the given values, without root and mean
 * means       of all features; zeros without an intercept
 * squares     Σ of the squares of all entries of a feature; 0 for one that does not vary
 * roots       √weight per row, scaled so that the largest is 1; absent when all weights are equal
 * target      as the dense features
 */
export interface SparseRegression {
  readonly rowCount: number
  readonly features: Int32Array
  readonly dense: readonly Float64Array[]
  readonly sparse: SparseRows
  readonly means: Float64Array
  readonly squares: Float64Array
  readonly roots: Float64Array | undefined
  readonly target: Float64Array
  readonly targetMean: number
  readonly fitIntercept: boolean
  readonly totalWeight: number
  /** What the given weights were divided by. */
  readonly weightUnit: number
}

/**
 * Throws DataError naming a column that is missing values or overflows. O(values). Memory: a copy of the dense columns and
 * the target.
 */
export function prepareSparse(
  { rowCount, dense, denseFeatures, sparse, sparseFeatures }: SplitMatrix,
  y: Float64Array,
  fitIntercept: boolean,
  sampleWeight?: Float64Array,
): SparseRegression {
  const { weights, weightUnit, totalWeight } = scaledWeights(rowCount, sampleWeight)
  const roots = weights?.map(Math.sqrt)
  const centred = (column: Float64Array, name: string) => {
    const { mean, min, max } = summarizeColumn(column, name, weights)
    const offset = fitIntercept ? mean : 0
    const isConstant = min === max && (fitIntercept || min === 0)
    const values = column.map((value, i) => {
      const root = roots === undefined ? 1 : (roots[i] as number)
      // Rows of weight 0 may hold anything.
      return isConstant || root === 0 ? 0 : root * (value - offset)
    })
    return { offset, values, square: values.reduce((sum, value) => sum + value * value, 0) }
  }
  const columns = dense.map((column, k) => centred(column, columnName(denseFeatures[k] as number)))
  const target = centred(y, 'the target')
  const { sums, squares } = sparseSums(sparse, weights)
  const sparseMeans = sums.map((sum) => (fitIntercept ? sum / totalWeight : 0))
  return {
    rowCount,
    features: Int32Array.from([...denseFeatures, ...sparseFeatures]),
    dense: columns.map(({ values }) => values),
    sparse,
    means: Float64Array.from([...columns.map(({ offset }) => offset), ...sparseMeans]),
    squares: Float64Array.from([
      ...columns.map(({ square }) => square),
      ...squares.map((square, j) => Math.max(0, square - totalWeight * (sparseMeans[j] as number) ** 2)),
    ]),
    roots,
    target: target.values,
    targetMean: target.offset,
    fitIntercept,
    totalWeight,
    weightUnit,
  }
}

/** The fitted regressor on all columns. Throws DataError where a number is not finite: that is never an answer. */
export function fittedFromSparse(
  {
    features,
    means,
    targetMean,
    fitIntercept,
  }: Pick<SparseRegression, 'features' | 'means' | 'targetMean' | 'fitIntercept'>,
  coefficients: Float64Array,
  columnCount: number,
  convergence: { isConverged: boolean; iterations: number },
): FittedLinearRegressor {
  const all = new Float64Array(columnCount)
  let intercept = targetMean
  features.forEach((feature, k) => {
    const coefficient = coefficients[k] as number
    if (!Number.isFinite(coefficient)) {
      throw new DataError(`${columnName(feature)} leads to a coefficient that overflows; scale it`)
    }
    all[feature] = coefficient
    intercept -= coefficient * (means[k] as number)
  })
  if (!Number.isFinite(intercept)) throw new DataError('the values are too large: the intercept overflows')
  const byColumn = fitIntercept ? meansByColumn(features, means, columnCount) : undefined
  return new FittedLinearRegressor({ coefficients: all, intercept, means: byColumn, ...convergence })
}
