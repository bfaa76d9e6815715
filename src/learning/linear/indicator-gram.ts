// The Gram matrix of designs many of whose columns are 0 and, in few rows, 1: as one-hot encoding makes them.
import type { FitContext } from '../estimator.ts'
import { passOver } from './design-pass.ts'
import { padded } from './gram.ts'
import { type RegressionDesign, weighedColumn } from './regression-design.ts'
import { onesByRow, rowsOfOnes } from './rows-of-ones.ts'

/** Products below this take less time than looking for such columns. */
const PRODUCTS_MIN = 2e7

/**
 * designᵀ · design, its upper triangle: width × width, row-major, width the padded number of columns, as passOver('gram')
 * has it. Of columns that are 0 and rarely 1 only the rows with a 1 are multiplied, and their means are subtracted after.
 */
export async function gramOf(design: RegressionDesign, { team, stop }: FitContext): Promise<Float64Array> {
  const width = padded(design.columns.length)
  const lists = design.rowCount * width * width < PRODUCTS_MIN ? [] : rowsOfOnes(design.columns.slice(0, -1))
  const indicators = Array.from(lists.keys()).filter((j) => lists[j] !== undefined)
  if (indicators.length === 0) return passOver('gram', design, team, stop)

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
  const { starts, ones } = onesByRow(lists, rowCount)
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
