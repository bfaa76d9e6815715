// The Gram matrix of designs many of whose columns are 0 and, in few rows, 1: as one-hot encoding makes them.
import type { FitContext } from '../estimator.ts'
import { passOver } from './design-pass.ts'
import { padded } from './gram.ts'
import { type RegressionDesign, weighedColumn } from './regression-design.ts'

/** Products below this take less time than looking for such columns. */
const PRODUCTS_MIN = 2e7
/** Of the rows, how many may be 1. */
const SHARE_MAX = 1 / 8
const INDICATORS_MIN = 16

/**
 * designᵀ · design, its upper triangle: width × width, row-major, width the padded number of columns, as passOver('gram')
 * has it. Of columns that are 0 and rarely 1 only the rows with a 1 are multiplied, and their means are subtracted after.
 */
export async function gramOf(design: RegressionDesign, { team, stop }: FitContext): Promise<Float64Array> {
  const width = padded(design.columns.length)
  const lists = design.rowCount * width * width < PRODUCTS_MIN ? [] : design.columns.slice(0, -1).map(rowsOfOnes)
  const indicators = Array.from(lists.keys()).filter((j) => lists[j] !== undefined)
  if (indicators.length < INDICATORS_MIN) return passOver('gram', design, team, stop)

  const others = Array.from(design.columns.keys()).filter((j) => lists[j] === undefined)
  const gram = new Float64Array(width * width)
  const put = (i: number, j: number, value: number): void => {
    gram[Math.min(i, j) * width + Math.max(i, j)] = value
  }
  const pick = (values: Float64Array): Float64Array => Float64Array.from(others, (j) => values[j] as number)
  const dense = {
    ...design,
    columns: others.map((j) => design.columns[j] as Float64Array),
    offsets: pick(design.offsets),
    scales: pick(design.scales),
  }
  const denseGram = await passOver('gram', dense, team, stop)
  const denseWidth = padded(others.length)
  others.forEach((i, a) => {
    for (let b = a; b < others.length; b++) put(i, others[b] as number, denseGram[a * denseWidth + b] as number)
  })
  const { offsets, scales, rootWeights, rowCount } = design
  for (const k of others) {
    // (x − mean) · weight of the other column, whose sum with the indicator's mean is 0 but for rounding.
    const values = weighedColumn(design, k)
    if (rootWeights !== undefined)
      for (let i = 0; i < rowCount; i++) values[i] = (values[i] as number) * (rootWeights[i] as number)
    const total = values.reduce((sum, value) => sum + value, 0)
    for (const j of indicators) {
      let sum = 0
      for (const i of lists[j] as Int32Array) sum += values[i] as number
      put(j, k, (sum - (offsets[j] as number) * total) * (scales[j] as number) * (scales[k] as number))
    }
    stop.throwIfSet()
  }
  addPairs(gram, width, design, indicators, lists)
  return gram
}

/** The products of indicators with each other: O(rows · (ones a row)²), and O(indicators²). */
function addPairs(
  gram: Float64Array,
  width: number,
  { offsets, scales, rootWeights, rowCount }: RegressionDesign,
  indicators: readonly number[],
  lists: readonly (Int32Array | undefined)[],
): void {
  // The ones of each row, in the order of the columns.
  const starts = new Int32Array(rowCount + 1)
  for (const j of indicators) for (const i of lists[j] as Int32Array) starts[i + 1] = (starts[i + 1] as number) + 1
  for (let i = 0; i < rowCount; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number)
  const ones = new Int32Array(starts[rowCount] as number)
  const next = starts.slice()
  for (const j of indicators) {
    for (const i of lists[j] as Int32Array) {
      const at = next[i] as number
      ones[at] = j
      next[i] = at + 1
    }
  }
  let totalWeight = 0
  for (let i = 0; i < rowCount; i++) {
    const weight = rootWeights === undefined ? 1 : (rootWeights[i] as number) ** 2
    totalWeight += weight
    for (let a = starts[i] as number; a < (starts[i + 1] as number); a++) {
      const row = (ones[a] as number) * width
      for (let b = a; b < (starts[i + 1] as number); b++) {
        const at = row + (ones[b] as number)
        gram[at] = (gram[at] as number) + weight
      }
    }
  }
  const sums = Float64Array.from(indicators, (j) => gram[j * width + j] as number)
  for (let a = 0; a < indicators.length; a++) {
    const i = indicators[a] as number
    const mean = offsets[i] as number
    for (let b = a; b < indicators.length; b++) {
      const j = indicators[b] as number
      const other = offsets[j] as number
      const moved = mean * (sums[b] as number) + other * (sums[a] as number) - totalWeight * mean * other
      gram[i * width + j] = ((gram[i * width + j] as number) - moved) * (scales[i] as number) * (scales[j] as number)
    }
  }
}

/** The rows in which the column is 1, ascending, if it is 0 in all others and there are few; else undefined. */
function rowsOfOnes(column: Float64Array): Int32Array | undefined {
  const most = column.length * SHARE_MAX
  const rows: number[] = []
  for (let i = 0; i < column.length; i++) {
    const value = column[i]
    if (value === 0) continue
    if (value !== 1 || rows.length >= most) return undefined
    rows.push(i)
  }
  return Int32Array.from(rows)
}
