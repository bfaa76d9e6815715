// Missing values replaced by one value per column (scikit-learn's SimpleImputer).
import type { EstimatorState } from '../../learning/estimator.ts'
import { medianOf } from '../../learning/median.ts'
import { type EncodingStep, type FittedStep, type Frame, numbersOf, type StepOptions, selectsValues } from './step.ts'

interface ImputeOptions extends StepOptions {
  /** For numeric columns; categorical ones always take their most frequent category. Default "median". */
  readonly strategy?: 'mean' | 'median' | 'most_frequent'
}

/**
 * Replaces missing values by the mean, median or most frequent of the column's training values; 0 where all are
 * missing. Columns that oneHot() made miss nothing, and are not looked at.
 */
export function impute(options: ImputeOptions = {}): EncodingStep {
  return {
    type: 'impute',
    fit(frame) {
      const fills = frame.columns.map((column, j) => {
        if (!selectsValues(options, frame, j)) return Number.NaN
        const isCategorical = (frame.categoryCounts[j] as number) > 0
        return fillFor(column, isCategorical ? 'most_frequent' : (options.strategy ?? 'median'))
      })
      return new FittedImpute(Float64Array.from(fills))
    },
    restore: (state) => new FittedImpute(numbersOf(state, 'fills')),
  }
}

/** Ties of the most frequent go to the smallest value, as in scikit-learn. O(rows), the most frequent O(rows log rows). */
function fillFor(column: Float64Array, strategy: 'mean' | 'median' | 'most_frequent'): number {
  const present = presentOf(column)
  const count = present.length
  if (count === 0) return 0
  if (strategy === 'mean') return present.reduce((sum, value) => sum + value / count, 0)
  if (strategy === 'median') return medianOf(present)
  present.sort()
  let best = present[0] as number
  let bestRun = 0
  for (let start = 0, i = 1; i <= count; i++) {
    if (i < count && present[i] === present[start]) continue
    if (i - start > bestRun) {
      bestRun = i - start
      best = present[start] as number
    }
    start = i
  }
  return best
}

/** A copy of what is not missing. */
function presentOf(column: Float64Array): Float64Array {
  const present = new Float64Array(column.length)
  let count = 0
  for (let i = 0; i < column.length; i++) {
    const value = column[i] as number
    present[count] = value
    if (!Number.isNaN(value)) count++
  }
  return present.subarray(0, count)
}

function holdsMissing(column: Float64Array): boolean {
  for (let i = 0; i < column.length; i++) if (Number.isNaN(column[i])) return true
  return false
}

class FittedImpute implements FittedStep {
  readonly type = 'impute'
  readonly isBuiltIn = true
  /** Per column the value that stands in for missing ones; NaN leaves them. */
  private readonly fills: Float64Array

  constructor(fills: Float64Array) {
    this.fills = fills
  }

  transform(frame: Frame): Frame {
    const columns = frame.columns.map((column, j) => {
      const fill = this.fills[j] as number
      if (Number.isNaN(fill) || !holdsMissing(column)) return column
      return column.map((value) => (Number.isNaN(value) ? fill : value))
    })
    return { ...frame, columns }
  }

  toState(): EstimatorState {
    return { fills: this.fills }
  }
}
