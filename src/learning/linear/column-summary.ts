// What fitting needs to know of each column before it starts: where it lies, how far it reaches, whether it varies.
import { DataError } from '../errors.ts'
import { scanColumn } from '../wasm/column-scan.ts'

/** Of one column, over the rows of positive weight. All are finite; mean lies from min to max. */
export interface ColumnSummary {
  readonly mean: number
  readonly min: number
  readonly max: number
  /** Unweighted; not known where weights are given. */
  readonly variance?: number
}

/**
 * The weighted mean and the range of a column. `name` is for the error message.
 *
 * Sums by segments of some thousand rows, which keeps the error of a million rows near that of a thousand.
 * A mean that overflows, a range that does, or a missing value throws DataError. O(rows).
 */
export function summarizeColumn(column: Float64Array, name: string, weights?: Float64Array): ColumnSummary {
  const { sum, weightSum, min, max, variance, hasMissing } =
    weights === undefined ? scanAll(column) : scanWeighted(column, weights)
  if (hasMissing) throw new DataError(`${name} has missing values, which this method cannot take`)
  if (!Number.isFinite(sum) || !Number.isFinite(2 * (max - min))) {
    throw new DataError(`${name} has values too large to sum; scale it first`)
  }
  // Rounding must not carry the mean of a constant column off its only value.
  const mean = weightSum === 0 ? 0 : Math.min(max, Math.max(min, sum / weightSum))
  if (weightSum === 0) return { mean: 0, min: 0, max: 0 }
  return { mean, min, max, ...(variance === undefined ? {} : { variance }) }
}

interface WeightedScan {
  readonly variance?: number
  readonly sum: number
  readonly weightSum: number
  readonly min: number
  readonly max: number
  readonly hasMissing: boolean
}

function scanAll(column: Float64Array): WeightedScan {
  return { ...scanColumn(column), weightSum: column.length }
}

function scanWeighted(column: Float64Array, weights: Float64Array): WeightedScan {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let total = 0
  let totalWeight = 0
  let hasMissing = false
  for (let start = 0; start < column.length; start += 1024) {
    const end = Math.min(column.length, start + 1024)
    let sum = 0
    let weightSum = 0
    for (let i = start; i < end; i++) {
      const weight = weights[i] as number
      if (weight === 0) continue
      const value = column[i] as number
      hasMissing ||= Number.isNaN(value)
      sum += weight * value
      weightSum += weight
      if (value < min) min = value
      if (value > max) max = value
    }
    total += sum
    totalWeight += weightSum
  }
  return { sum: total, weightSum: totalWeight, min, max, hasMissing }
}

/** Throws DataError when no row weighs anything, or all together too much. */
export function requireWeight(total: number): void {
  if (total > 0 && Number.isFinite(total)) return
  throw new DataError(`the weights of the rows must have a finite sum above 0, got ${total}`)
}

/** How a column is called in errors: columns have no names down here. */
export function columnName(index: number): string {
  return `column ${index} (counted from 0)`
}
