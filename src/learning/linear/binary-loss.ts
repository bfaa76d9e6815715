// The logistic loss of two classes and its gradient over a run of rows: the hot loop of a binary fit.
import { expOfNegative, POWERS_OF_TWO } from './exp-of-negative.ts'

/** Rows that the kernels take at a time, so that scores and the columns' stretch stay in the first cache. */
export const CHUNK = 256

/**
 * Adds the loss and gradient of rows [start, end), at most CHUNK of them, to sums.
 *
 * columns    at least as many as coefficients − 1, a multiple of 4; the values of a column with coefficient 0 must be finite
 * codes      0 or 1 per row
 * weights    per row, or undefined for 1
 * line       Float64Array of width + 1: a coefficient for each of the width columns, then the bias
 * sums       Float64Array of width + 2: Σ rᵢ xᵢⱼ for each column, Σ rᵢ, and the loss; rᵢ = weight · (σ(scoreᵢ) − code)
 * scores     Float64Array of CHUNK, overwritten
 * O(rows · width), one exponential a row. Never overflows for finite scores.
 */
export function addBinaryLoss(
  columns: readonly Float64Array[],
  codes: Int32Array,
  weights: Float64Array | undefined,
  line: Float64Array,
  start: number,
  end: number,
  sums: Float64Array,
  scores: Float64Array,
): void {
  const width = line.length - 1
  const rowCount = end - start
  const bias = line[width] as number
  for (let i = 0; i < rowCount; i++) scores[i] = bias
  for (let j = 0; j < width; j += 4) {
    const x0 = columns[j] as Float64Array
    const x1 = columns[j + 1] as Float64Array
    const x2 = columns[j + 2] as Float64Array
    const x3 = columns[j + 3] as Float64Array
    const c0 = line[j] as number
    const c1 = line[j + 1] as number
    const c2 = line[j + 2] as number
    const c3 = line[j + 3] as number
    for (let i = 0, row = start; row < end; i++, row++) {
      scores[i] =
        (scores[i] as number) +
        (c0 * (x0[row] as number) + c1 * (x1[row] as number)) +
        (c2 * (x2[row] as number) + c3 * (x3[row] as number))
    }
  }

  const powers = POWERS_OF_TWO
  let residualSum = 0
  let loss = 0
  // The logarithm of the product, not the sum of logarithms: 256 factors of at most 2 stay far below overflow.
  let product = 1
  for (let i = 0, row = start; row < end; i++, row++) {
    const score = scores[i] as number
    const code = codes[row] as number
    const decay = expOfNegative(-Math.abs(score), powers)
    const inverse = 1 / (1 + decay)
    let residual = (score >= 0 ? inverse : decay * inverse) - code
    const linear = Math.max(score, 0) - code * score
    if (weights === undefined) {
      product *= 1 + decay
      loss += linear
    } else {
      const weight = weights[row] as number
      residual *= weight
      if (weight !== 0) loss += weight * (linear + Math.log(1 + decay))
    }
    scores[i] = residual
    residualSum += residual
  }
  sums[width] = (sums[width] as number) + residualSum
  sums[width + 1] = (sums[width + 1] as number) + loss + Math.log(product)

  for (let j = 0; j < width; j += 4) {
    const x0 = columns[j] as Float64Array
    const x1 = columns[j + 1] as Float64Array
    const x2 = columns[j + 2] as Float64Array
    const x3 = columns[j + 3] as Float64Array
    let s0 = 0
    let s1 = 0
    let s2 = 0
    let s3 = 0
    for (let i = 0, row = start; row < end; i++, row++) {
      const residual = scores[i] as number
      s0 += residual * (x0[row] as number)
      s1 += residual * (x1[row] as number)
      s2 += residual * (x2[row] as number)
      s3 += residual * (x3[row] as number)
    }
    sums[j] = (sums[j] as number) + s0
    sums[j + 1] = (sums[j + 1] as number) + s1
    sums[j + 2] = (sums[j + 2] as number) + s2
    sums[j + 3] = (sums[j + 3] as number) + s3
  }
}
