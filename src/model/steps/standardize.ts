// Numeric columns moved to mean 0 and scaled to variance 1 (scikit-learn's StandardScaler).
import { DataError } from '../../learning/errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import { powerOfTwoScale } from '../../learning/power-of-two-scale.ts'
import { scanColumn } from '../../learning/wasm/column-scan.ts'
import { type EncodingStep, type FittedStep, type Frame, numbersOf, type StepOptions, selectsValues } from './step.ts'

/**
 * Subtracts the mean and divides by the population deviation of the training values, 1 where that is 0. Missing stays
 * missing. Columns that oneHot() made stay 0 and 1, as in a ColumnTransformer that scales the columns of numbers; to
 * scale them, name them. Throws DataError naming a column whose values are too far apart for a double.
 */
export function standardize(options: StepOptions = {}): EncodingStep {
  return {
    type: 'standardize',
    fit(frame) {
      const means = new Float64Array(frame.columns.length)
      const scales = new Float64Array(frame.columns.length).fill(1)
      frame.columns.forEach((column, j) => {
        if ((frame.categoryCounts[j] as number) > 0 || !selectsValues(options, frame, j)) return
        const { mean, deviation } = momentsOf(column, `column "${frame.columnNames[j]}"`)
        means[j] = mean
        scales[j] = deviation
      })
      return new FittedStandardize(means, scales)
    },
    restore(state) {
      const means = numbersOf(state, 'means')
      return new FittedStandardize(means, numbersOf(state, 'scales', means.length))
    },
  }
}

/** Squares of values beyond these, and their sums, may vanish or overflow. */
const [REACH_MIN, REACH_MAX] = [1e-140, 1e140]

/** Mean and population deviation of the present values; two passes, so that large means do not cancel. O(rows). */
function momentsOf(column: Float64Array, name: string): { mean: number; deviation: number } {
  const { min, max } = scanColumn(column)
  if (max - min === Number.POSITIVE_INFINITY) {
    throw new DataError(`${name} has values too large to standardize: their range is no double`)
  }
  const reach = Math.max(Math.abs(min), Math.abs(max))
  const unit = reach > REACH_MIN && reach < REACH_MAX ? 1 : powerOfTwoScale(reach)
  const { mean, deviation } = momentsInUnits(column, unit)
  return { mean: mean / unit, deviation: deviation === 0 ? 1 : deviation / unit }
}

/** The same of the values times a unit: a deviation of 0 when they do not vary. */
function momentsInUnits(column: Float64Array, unit: number): { mean: number; deviation: number } {
  let count = 0
  let mean = 0
  for (const value of column) {
    if (Number.isNaN(value)) continue
    count += 1
    mean += (value * unit - mean) / count
  }
  let squares = 0
  for (const value of column) if (!Number.isNaN(value)) squares += (value * unit - mean) ** 2
  const deviation = Math.sqrt(squares / Math.max(count, 1))
  // A deviation at the rounding error of the mean is a constant column.
  return { mean, deviation: deviation <= 10 * Number.EPSILON * Math.abs(mean) ? 0 : deviation }
}

class FittedStandardize implements FittedStep {
  readonly type = 'standardize'
  readonly isBuiltIn = true
  private readonly means: Float64Array
  private readonly scales: Float64Array

  constructor(means: Float64Array, scales: Float64Array) {
    this.means = means
    this.scales = scales
  }

  transform(frame: Frame): Frame {
    const columns = frame.columns.map((column, j) => {
      const mean = this.means[j] as number
      const scale = this.scales[j] as number
      return mean === 0 && scale === 1 ? column : column.map((value) => (value - mean) / scale)
    })
    return { ...frame, columns }
  }

  toState(): EstimatorState {
    return { means: this.means, scales: this.scales }
  }
}
