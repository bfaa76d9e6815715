// What multinomial and complement naive Bayes share: how much of each column every class has.
import { DataError } from '../errors.ts'
import type { ClassTarget } from '../estimator.ts'
import { columnName } from '../linear/column-summary.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { flag, listOf, none, parameter, real } from '../parameters.ts'

/** Pairs of class and column: 1 GiB. */
const PAIRS_MAX = 2 ** 27

export const termParameters = {
  /** What is added to each count. */
  alpha: parameter(1, real({ min: 0 })),
  /** False takes an alpha below 1e-10 as 1e-10. */
  force_alpha: parameter(true, flag),
  /** Whether classes are as likely as their rows are many; false for equally likely ones. */
  fit_prior: parameter(true, flag),
  /** The probability of each class, in the order of the class codes; null: as fit_prior says. */
  class_prior: parameter(null, none, listOf(real({ min: 0, max: 1 }))),
}

/**
 * Σ weight · value of each class and column, row-major classes × columns, sparse columns last. Throws DataError naming a
 * column with a value below 0, or one that is missing or infinite; FitStopped. O(values).
 */
export function sumByClass(
  x: Matrix,
  { codes, classNames }: ClassTarget,
  stop: StopFlag,
  sampleWeight?: Float64Array,
): Float64Array {
  const columnCount = columnCountOf(x)
  const classCount = classNames.length
  if (x.rowCount === 0) throw new DataError('naive Bayes needs at least one row')
  if (columnCount === 0) throw new DataError('naive Bayes needs at least one column')
  if (classCount * columnCount > PAIRS_MAX) {
    throw new DataError(`${classCount * columnCount} pairs of class and column are more than ${PAIRS_MAX}`)
  }
  const sums = new Float64Array(classCount * columnCount)
  const add = (i: number, j: number, value: number): void => {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) refuse(value, j)
    const at = (codes[i] as number) * columnCount + j
    sums[at] = (sums[at] as number) + value * (sampleWeight === undefined ? 1 : (sampleWeight[i] as number))
  }
  x.columns.forEach((column, j) => {
    stop.throwIfSet()
    for (let i = 0; i < column.length; i++) add(i, j, column[i] as number)
  })
  if (x.sparse !== undefined) {
    const { starts, columns, values } = x.sparse
    for (let i = 0; i < x.rowCount; i++) {
      if ((i & 8191) === 0) stop.throwIfSet()
      for (let k = starts[i] as number; k < (starts[i + 1] as number); k++) {
        add(i, x.columns.length + (columns[k] as number), values[k] as number)
      }
    }
  }
  return sums
}

function refuse(value: number, j: number): never {
  const name = columnName(j)
  if (Number.isNaN(value)) throw new DataError(`${name} has missing values, which this method cannot take`)
  if (value === Number.POSITIVE_INFINITY) throw new DataError(`${name} has infinite values`)
  throw new DataError(
    `${name} has values below 0: this naive Bayes counts how often something is, or how much of it there is`,
  )
}
