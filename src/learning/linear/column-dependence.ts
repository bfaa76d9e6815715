// Which combinations of columns are zero, and the shortest of the coefficients that differ by such a combination.
import { Random } from '../random.ts'
import { factorize, solveFactorized } from './cholesky.ts'
import type { PivotedFactor } from './pivoted-cholesky.ts'
import type { RegressionDesign } from './regression-design.ts'

/** Rounding of a combination of columns, beside what the condition of the pivots adds. */
const ROUNDING = 1e-12

export interface Dependence {
  /** Takes off coefficients of design columns what leads to zero: the rest is shortest, as coefficients of true columns. */
  project(coefficients: Float64Array, scales: Float64Array): void
}

/**
 * The columns behind the factor's rank as combinations of its pivots; undefined when they are that only nearly, judged
 * by the data and a random one of them. O(rank² · dependent + rank · dependent² + rows · columns).
 *
 * lengths      of the design's columns; trueLengths: of the columns without their scales
 * inverseNorm  the norm of the inverse of the pivots, columns of length 1
 */
export function dependenceOf(
  design: RegressionDesign,
  factor: PivotedFactor,
  lengths: Float64Array,
  trueLengths: Float64Array,
  inverseNorm: number,
): Dependence | undefined {
  const { rank, order } = factor
  const size = lengths.length
  const count = size - rank
  if (count === 0) return { project: () => {} }
  const shares = sharesOfPivots(factor, size)
  const random = new Random(0)
  const mixed = new Float64Array(size)
  for (let c = 0; c < count; c++) {
    const weight = random.normal()
    mixed[order[rank + c] as number] = weight
    for (let i = 0; i < rank; i++) {
      const j = order[i] as number
      mixed[j] = (mixed[j] as number) - weight * (shares[i * count + c] as number)
    }
  }
  const norm = Math.sqrt(mixed.reduce((sum, value) => sum + value * value, 0))
  const zero = lengthOf(
    design,
    mixed.map((value, j) => value / (lengths[j] as number)),
  )
  if (!(zero <= (ROUNDING + 100 * Number.EPSILON * inverseNorm ** 2) * norm)) return undefined
  return projection(factor, shares, trueLengths)
}

/** R₁⁻¹ · R₂: the coefficients of the pivots in each other column, row-major rank × dependent. */
function sharesOfPivots({ rank, rows }: PivotedFactor, size: number): Float64Array {
  const count = size - rank
  const shares = new Float64Array(rank * count)
  for (let i = rank - 1; i >= 0; i--) {
    const row = i * size
    const at = i * count
    for (let c = 0; c < count; c++) shares[at + c] = rows[row + rank + c] as number
    for (let k = i + 1; k < rank; k++) {
      const entry = rows[row + k] as number
      if (entry === 0) continue
      for (let c = 0, from = k * count; c < count; c++, from++) {
        shares[at + c] = (shares[at + c] as number) - entry * (shares[from] as number)
      }
    }
    const pivot = rows[row + i] as number
    for (let c = 0; c < count; c++) shares[at + c] = (shares[at + c] as number) / pivot
  }
  return shares
}

/** The length of the combination of the design's columns. */
function lengthOf(design: RegressionDesign, coefficients: Float64Array): number {
  const sums = new Float64Array(design.rowCount)
  coefficients.forEach((coefficient, j) => {
    const factor = coefficient * (design.scales[j] as number)
    if (factor === 0) return
    const column = design.columns[j] as Float64Array
    const offset = design.offsets[j] as number
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + factor * ((column[i] as number) - offset)
  })
  const { rootWeights } = design
  let square = 0
  for (let i = 0; i < sums.length; i++) {
    const root = rootWeights === undefined ? 1 : (rootWeights[i] as number)
    // Rows of weight 0 may hold anything.
    if (root !== 0) square += (root * (sums[i] as number)) ** 2
  }
  return Math.sqrt(square)
}

/** Orthogonal to the combinations Z that are zero: w − Z · (Zᵀ Z)⁻¹ · Zᵀ w, twice, for the second takes rounding off. */
function projection(
  { rank, order }: PivotedFactor,
  shares: Float64Array,
  trueLengths: Float64Array,
): Dependence | undefined {
  const count = trueLengths.length - rank
  const longest = trueLengths.reduce((a, b) => Math.max(a, b), 0)
  // Column c of Z is of pivots and of one other column; by the lengths, for shares are of columns of length 1.
  const inverse = trueLengths.map((length) => longest / length)
  const z = new Float64Array(rank * count)
  const own = Float64Array.from({ length: count }, (_, c) => inverse[order[rank + c] as number] as number)
  for (let i = 0; i < rank; i++) {
    const factor = -(inverse[order[i] as number] as number)
    for (let c = 0; c < count; c++) z[i * count + c] = factor * (shares[i * count + c] as number)
  }
  const products = new Float64Array(count * count)
  for (let c = 0; c < count; c++) products[c * count + c] = (own[c] as number) ** 2
  for (let at = 0; at < z.length; at += count) {
    for (let a = 0; a < count; a++) {
      const value = z[at + a] as number
      if (value === 0) continue
      for (let b = 0, to = a * count; b <= a; b++, to++) {
        products[to] = (products[to] as number) + value * (z[at + b] as number)
      }
    }
  }
  const norms = Float64Array.from({ length: count }, (_, c) => Math.sqrt(products[c * count + c] as number))
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      products[a * count + b] = (products[a * count + b] as number) / ((norms[a] as number) * (norms[b] as number))
    }
  }
  if (!factorize(products, count)) return undefined
  return {
    project(coefficients, scales) {
      const unit = longest
      const w = coefficients.map((value, j) => value * (scales[j] as number) * unit)
      for (let again = 0; again < 2; again++) {
        const sums = own.map((value, c) => value * (w[order[rank + c] as number] as number))
        for (let i = 0; i < rank; i++) {
          const value = w[order[i] as number] as number
          for (let c = 0; c < count; c++) sums[c] = (sums[c] as number) + (z[i * count + c] as number) * value
        }
        for (let c = 0; c < count; c++) sums[c] = (sums[c] as number) / (norms[c] as number)
        solveFactorized(products, count, sums)
        for (let c = 0; c < count; c++) sums[c] = (sums[c] as number) / (norms[c] as number)
        for (let c = 0; c < count; c++) {
          const j = order[rank + c] as number
          w[j] = (w[j] as number) - (own[c] as number) * (sums[c] as number)
        }
        for (let i = 0; i < rank; i++) {
          const j = order[i] as number
          let sum = 0
          for (let c = 0; c < count; c++) sum += (z[i * count + c] as number) * (sums[c] as number)
          w[j] = (w[j] as number) - sum
        }
      }
      for (let j = 0; j < w.length; j++) coefficients[j] = (w[j] as number) / unit / (scales[j] as number)
    },
  }
}
