// Whether one column alone gives the label away, as one does that is made of it, or is known only after it.
import type { Estimator } from '../../learning/estimator.ts'
import { mean, variance } from '../../learning/metrics/moments.ts'
import { spreadRows } from '../../learning/spread-rows.ts'
import type { Warning } from '../../learning/warnings.ts'
import { asCategorical, type Column, cellsOf } from '../table.ts'

/** Cells that are looked at for a label: rows × columns; and rows at the least and at the most. */
const CELLS_MAX = 10_000
const ROWS_MIN = 200
const ROWS_MAX = 1_000
/** In fewer rows anything may tell anything. */
const PRESENT_MIN = 30
/**
 * A class: the rows that the column alone gets wrong, and what chance may hide of them, are so small a share of those
 * that the most frequent class gets wrong. The best columns of iris have 0.13, of the votes of the House 0.17.
 */
const ERROR_SHARE_MAX = 0.07
/** Rows of each class on average: intervals of single rows tell anything. */
const CLASS_ROWS_MIN = 5
/** A number: the share of its variance that the column leaves. */
const VARIANCE_SHARE_MAX = 0.001
/** Rows of each level on average, for its mean to say something. */
const LEVEL_ROWS_MIN = 5

/**
 * The columns that give the label away. A class is told by a table of the column's levels, or, of a column of numbers,
 * by intervals: about as many as there are classes. A number is told by a line, by a smooth curve, or by a table of
 * levels. Missing values count as a level. O(n log n) a column, in n rows drawn evenly, fewer of a wide table.
 */
export function* columnsThatTell(
  columns: readonly Column[],
  label: Column,
  kind: Estimator['kind'],
): Iterable<Warning> {
  const rowCount = cellsOf(label).length
  const max = Math.min(ROWS_MAX, Math.max(ROWS_MIN, Math.floor(CELLS_MAX / Math.max(1, columns.length))))
  const rows = spreadRows(rowCount, max, 0)
  if (rows.length < PRESENT_MIN) return
  const numbers = label.kind === 'numeric' ? label.values : undefined
  const classes = kind === 'classifier' ? asCategorical(label) : undefined
  // One more for labels that are missing, which are a class here.
  const counts = new Int32Array((classes?.levels.length ?? 0) + 1)
  for (const column of columns) {
    const values = numbersOf(column, rows)
    const sorted = values.toSorted()
    const order = orderIn(sorted, values)
    const isOrdered = column.kind !== 'categorical'
    const names = [column.name, label.name] as const
    const doubt =
      classes !== undefined
        ? classDoubt(
            names,
            sorted,
            order.map((i) => classes.codes[rows[i] as number] as number),
            isOrdered,
            counts,
          )
        : numbers &&
          numberDoubt(
            names,
            sorted,
            Float64Array.from(order, (i) => numbers[rows[i] as number] as number),
            isOrdered,
          )
    if (doubt !== undefined) yield doubt
  }
}

/** counts: one for missing labels and one for each class, all 0. */
function classDoubt(
  [name, label]: readonly [string, string],
  values: Float64Array,
  classes: Int32Array,
  isOrdered: boolean,
  counts: Int32Array,
): Warning | undefined {
  const rowCount = classes.length
  const baseline = rowCount - mostFrequent(classes, counts).count
  let wrong = 0
  let changes = 0
  let before = -1
  const met = new Set<number>()
  for (const { start, end } of runsOf(values)) {
    const { code, count } = mostFrequent(classes.subarray(start, end), counts)
    // A level of a single row says nothing: it is right as often as the most frequent class.
    wrong += !isOrdered && end - start === 1 ? baseline / rowCount : end - start - count
    if (Number.isNaN(values[start])) continue
    if (before >= 0 && code !== before) changes++
    before = code
    met.add(code)
  }
  // Each row in the midst of those of another class makes two changes.
  if (isOrdered) wrong += Math.max(0, changes - (met.size - 1)) / 2
  const isOfFewRows = met.size * CLASS_ROWS_MIN > rowCount
  if (isOfFewRows || wrong + 2 * Math.sqrt(wrong + 1) + 2 > ERROR_SHARE_MAX * baseline) return undefined
  const share = Math.round((1 - wrong / rowCount) * 1000) / 10
  const message = `alone it tells "${label}" of ${share} % of ${rowCount} rows; is it known before the label is?`
  return { code: 'COLUMN_TELLS_LABEL', message, column: name }
}

function numberDoubt(
  [name, label]: readonly [string, string],
  values: Float64Array,
  target: Float64Array,
  isOrdered: boolean,
): Warning | undefined {
  const spread = variance(target)
  if (!(spread > 0) || !Number.isFinite(spread)) return undefined
  const left = isOrdered
    ? Math.min(leftByLine(values, target), leftByCurve(values, target) / spread)
    : leftByLevels(values, target) / spread
  // NaN, of numbers too large to square, tells nothing.
  if (!(left <= VARIANCE_SHARE_MAX)) return undefined
  const message = `alone it accounts for more than ${(1 - VARIANCE_SHARE_MAX) * 100} % of the variance of "${label}"; is it known before the label is?`
  return { code: 'COLUMN_TELLS_LABEL', message, column: name }
}

/** 1 − r². 1 where a value is missing in more than half of the rows. */
function leftByLine(values: Float64Array, target: Float64Array): number {
  const present = values.subarray(0, presentCount(values))
  if (present.length < Math.max(PRESENT_MIN, values.length / 2)) return 1
  const known = target.subarray(0, present.length)
  const [x, y] = [mean(present), mean(known)]
  const covariance = mean(present.map((value, i) => (value - x) * ((known[i] as number) - y)))
  const product = variance(present) * variance(known)
  return product > 0 ? 1 - (covariance * covariance) / product : 1
}

/** Half the mean square of the step from one row to the next (von Neumann 1941): what no smooth curve accounts for. */
function leftByCurve(values: Float64Array, target: Float64Array): number {
  const count = presentCount(values)
  if (count < Math.max(PRESENT_MIN, values.length / 2)) return Number.POSITIVE_INFINITY
  let squares = 0
  for (let i = 1; i < count; i++) squares += ((target[i] as number) - (target[i - 1] as number)) ** 2
  return squares / (2 * (count - 1))
}

/** The variance within levels. */
function leftByLevels(values: Float64Array, target: Float64Array): number {
  const runs = [...runsOf(values)]
  if (runs.length * LEVEL_ROWS_MIN > values.length) return Number.POSITIVE_INFINITY
  const squares = runs.map(({ start, end }) => variance(target.subarray(start, end)) * (end - start))
  return squares.reduce((sum, square) => sum + square, 0) / Math.max(1, values.length - runs.length)
}

/** Codes of categories are numbers too. */
function numbersOf(column: Column, rows: Int32Array): Float64Array {
  const cells = cellsOf(column)
  const numbers = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const cell = cells[rows[i] as number] as number
    numbers[i] = column.kind === 'categorical' && cell < 0 ? Number.NaN : cell
  }
  return numbers
}

/** The indices of the values in their order, of equal ones the first first: faster than to sort indices by a function. */
function orderIn(sorted: Float64Array, values: Float64Array): Int32Array {
  const count = presentCount(sorted)
  const order = new Int32Array(values.length)
  const taken = new Int32Array(values.length + 1)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    let low = Number.isNaN(value) ? count : 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] as number) < value) low = middle + 1
      else high = middle
    }
    order[low + (taken[low] as number)] = i
    taken[low] = (taken[low] as number) + 1
  }
  return order
}

function presentCount(sorted: Float64Array): number {
  let count = sorted.length
  while (count > 0 && Number.isNaN(sorted[count - 1])) count--
  return count
}

/** Stretches of equal values; those that are missing are one. */
function* runsOf(sorted: Float64Array): Iterable<{ start: number; end: number }> {
  let start = 0
  for (let end = 1; end <= sorted.length; end++) {
    const [value, first] = [sorted[end] as number, sorted[start] as number]
    if (end < sorted.length && (value === first || (Number.isNaN(value) && Number.isNaN(first)))) continue
    yield { start, end }
    start = end
  }
}

/** counts: one for the code −1, of what is missing, and one for each other, all 0 before and after. */
function mostFrequent(codes: Int32Array, counts: Int32Array): { code: number; count: number } {
  const [first = -1] = codes
  if (codes.length === 1) return { code: first, count: 1 }
  let [most, mostCount] = [first, 0]
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number
    const count = (counts[code + 1] as number) + 1
    counts[code + 1] = count
    if (count > mostCount) [most, mostCount] = [code, count]
  }
  for (let i = 0; i < codes.length; i++) counts[(codes[i] as number) + 1] = 0
  return { code: most, count: mostCount }
}
