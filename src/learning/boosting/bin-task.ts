// Bins a matrix, its columns spread over the threads of a team.
import type { TeamMember } from '../parallel/thread-team.ts'
import { type SparseColumns, spreadColumn } from '../sparse.ts'
import { binCountOf, type ColumnBins } from './column-bins.ts'
import { findCategories } from './find-categories.ts'
import { findThresholds } from './find-thresholds.ts'
import { binMapper, MAP_ROWS } from './map-to-bins.ts'

/**
 * columns         feature values; in SharedArrayBuffers where more than one thread works; null for a sparse column
 * sparse          those columns, from column `sparseFirst` on; one at a time is made whole
 * rowCount        of all of them
 * sample          rows from which thresholds are found, of those in `training`
 * weight          of all rows
 * training        rows to bin into `codes`, column-major as in BinnedMatrix
 * validation      rows to bin into `validationCodes`, by the same bins
 * hasMissing      one place per column, set to 1 where a training row has no value
 * next            one int32: the next column that nobody has taken
 */
export interface BinInput {
  readonly columns: readonly (Float64Array | null)[]
  readonly sparse: SparseColumns | undefined
  readonly sparseFirst: number
  readonly rowCount: number
  readonly categoryCounts: readonly number[]
  readonly maxBins: number
  readonly sample: Int32Array
  readonly weight: Float64Array | undefined
  readonly training: Int32Array
  readonly validation: Int32Array
  readonly codes: Uint8Array
  readonly validationCodes: Uint8Array
  readonly hasMissing: Uint8Array
  readonly next: Int32Array
}

/** The bins of the columns that this member took, by column. */
export function binColumns(input: BinInput, { stop }: TeamMember): Map<number, ColumnBins> {
  const taken = new Map<number, ColumnBins>()
  const whole = new Float64Array(input.sparse === undefined ? 0 : input.rowCount)
  for (;;) {
    const j = Atomics.add(input.next, 0, 1)
    if (j >= input.columns.length) return taken
    stop.throwIfSet()
    const { sparse, sparseFirst, training, validation, codes, validationCodes, hasMissing } = input
    const column = input.columns[j] ?? spreadColumn(sparse as SparseColumns, j - sparseFirst, whole)
    const bins = findBins(input, column, j)
    taken.set(j, bins)
    const map = binMapper(bins)
    let isMissing = false
    for (let start = 0; start < training.length; start += MAP_ROWS) {
      stop.throwIfSet()
      const end = Math.min(start + MAP_ROWS, training.length)
      if (map(column, training, start, end, codes, j * training.length)) isMissing = true
    }
    hasMissing[j] = isMissing ? 1 : 0
    for (let start = 0; start < validation.length; start += MAP_ROWS) {
      stop.throwIfSet()
      map(
        column,
        validation,
        start,
        Math.min(start + MAP_ROWS, validation.length),
        validationCodes,
        j * validation.length,
      )
    }
  }
}

function findBins(
  { categoryCounts, maxBins, sample, weight, training }: BinInput,
  column: Float64Array,
  j: number,
): ColumnBins {
  const categoryCount = categoryCounts[j] as number
  if (categoryCount > 0) return findCategories(column, training, categoryCount)
  const values = new Float64Array(sample.length)
  for (let i = 0; i < values.length; i++) values[i] = column[sample[i] as number] as number
  const sampleWeight = weight && Float64Array.from(sample, (row) => weight[row] as number)
  return { thresholds: findThresholds(values, maxBins, sampleWeight) }
}

export function binsInOrder(parts: readonly Map<number, ColumnBins>[], columnCount: number): ColumnBins[] {
  const bins = new Map(parts.flatMap((part) => [...part]))
  return Array.from({ length: columnCount }, (_, j) => bins.get(j) as ColumnBins)
}

export function binCountsOf(bins: readonly ColumnBins[]): Int32Array {
  return Int32Array.from(bins, binCountOf)
}
