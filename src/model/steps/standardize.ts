// Numeric columns moved to mean 0 and scaled to variance 1 (scikit-learn's StandardScaler).
import type { EstimatorState } from '../../learning/estimator.ts'
import { type EncodingStep, type FittedStep, type Frame, numbersOf, type StepOptions, selects } from './step.ts'

/**
 * Subtracts the mean and divides by the population deviation of the training values, 1 where that is 0. Missing stays
 * missing.
 */
export function standardize(options: StepOptions = {}): EncodingStep {
  return {
    type: 'standardize',
    fit(frame) {
      const means = new Float64Array(frame.columns.length)
      const scales = new Float64Array(frame.columns.length).fill(1)
      frame.columns.forEach((column, j) => {
        if ((frame.categoryCounts[j] as number) > 0 || !selects(options, frame.columnNames[j] as string)) return
        const { mean, deviation } = momentsOf(column)
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

/** Mean and population deviation of the present values; two passes, so that large means do not cancel. O(rows). */
function momentsOf(column: Float64Array): { mean: number; deviation: number } {
  let count = 0
  let mean = 0
  for (const value of column) {
    if (Number.isNaN(value)) continue
    count += 1
    mean += (value - mean) / count
  }
  let squares = 0
  for (const value of column) if (!Number.isNaN(value)) squares += (value - mean) ** 2
  const deviation = Math.sqrt(squares / Math.max(count, 1))
  // A deviation at the rounding error of the mean is a constant column.
  const isConstant = deviation <= 10 * Number.EPSILON * Math.abs(mean)
  return { mean, deviation: isConstant || !Number.isFinite(deviation) ? 1 : deviation }
}

class FittedStandardize implements FittedStep {
  readonly type = 'standardize'
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
