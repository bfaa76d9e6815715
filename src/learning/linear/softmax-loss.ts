// The cross-entropy of three classes or more and its gradient over a run of rows: the hot loop of a multi-class fit.
import { exp } from '../exp.ts'
import type { SparseTerms } from './sparse-terms.ts'

/** Rows that the kernel takes at a time: scores of 26 classes and 16 columns then fit the second cache with room. */
export const CHUNK = 128

/**
 * Adds the loss and gradient of rows [start, end), at most CHUNK of them, to sums.
 *
 * columns     a multiple of 4; those with coefficient 0 must be finite all the same
 * codes       0 … classCount − 1 per row
 * weights     per row, or undefined for 1
 * classCount  an even number; a class that only fills up has a bias of −Infinity and is never a code
 * lines       Float64Array of classCount lines of width + 1: a coefficient for each column, then the bias
 * sums        Float64Array of classCount · (width + 1) + 1: per class Σ rᵢ xᵢⱼ for each column and Σ rᵢ, where
 *             rᵢ = weight · (probability − [code is the class]); the loss comes last
 * scratch     Float64Array of (classCount + 2) · CHUNK, overwritten
 * sparse      columns beside these, or undefined
 * O(rows · width · classCount), classCount exponentials a row. Never overflows for finite scores.
 */
export function addSoftmaxLoss(
  columns: readonly Float64Array[],
  codes: Int32Array,
  weights: Float64Array | undefined,
  classCount: number,
  lines: Float64Array,
  start: number,
  end: number,
  sums: Float64Array,
  scratch: Float64Array,
  sparse?: SparseTerms,
): void {
  const size = lines.length / classCount
  addScores(columns, classCount, size, lines, start, end, scratch)
  for (let k = 0; sparse !== undefined && k < classCount; k++) sparse.addScores(start, end, scratch, k * CHUNK, k)
  sums[classCount * size] =
    (sums[classCount * size] as number) + toResiduals(codes, weights, classCount, start, end, scratch)
  addProducts(columns, classCount, size, start, end, sums, scratch)
  for (let k = 0; sparse !== undefined && k < classCount; k++) sparse.addProducts(start, end, scratch, k * CHUNK, k)
}

/** scratch[k · CHUNK + i] = the score of row start + i for class k. Tiles of 2 classes × 4 columns. */
function addScores(
  columns: readonly Float64Array[],
  classCount: number,
  size: number,
  lines: Float64Array,
  start: number,
  end: number,
  scores: Float64Array,
): void {
  const width = size - 1
  for (let k = 0; k < classCount; k += 2) {
    const a = k * size
    const b = a + size
    const aScores = k * CHUNK
    const bScores = aScores + CHUNK
    const aBias = lines[a + width] as number
    const bBias = lines[b + width] as number
    for (let i = 0; i < end - start; i++) {
      scores[aScores + i] = aBias
      scores[bScores + i] = bBias
    }
    for (let j = 0; j < width; j += 4) {
      const x0 = columns[j] as Float64Array
      const x1 = columns[j + 1] as Float64Array
      const x2 = columns[j + 2] as Float64Array
      const x3 = columns[j + 3] as Float64Array
      const a0 = lines[a + j] as number
      const a1 = lines[a + j + 1] as number
      const a2 = lines[a + j + 2] as number
      const a3 = lines[a + j + 3] as number
      const b0 = lines[b + j] as number
      const b1 = lines[b + j + 1] as number
      const b2 = lines[b + j + 2] as number
      const b3 = lines[b + j + 3] as number
      for (let i = 0, row = start; row < end; i++, row++) {
        const v0 = x0[row] as number
        const v1 = x1[row] as number
        const v2 = x2[row] as number
        const v3 = x3[row] as number
        scores[aScores + i] = (scores[aScores + i] as number) + (a0 * v0 + a1 * v1) + (a2 * v2 + a3 * v3)
        scores[bScores + i] = (scores[bScores + i] as number) + (b0 * v0 + b1 * v1) + (b2 * v2 + b3 * v3)
      }
    }
  }
}

/** Turns scores into residuals in place; returns the loss. The last two runs of scratch hold maxima and sums by row. */
function toResiduals(
  codes: Int32Array,
  weights: Float64Array | undefined,
  classCount: number,
  start: number,
  end: number,
  scratch: Float64Array,
): number {
  const rowCount = end - start
  const maxima = classCount * CHUNK
  const totals = maxima + CHUNK
  for (let i = 0; i < rowCount; i++) {
    scratch[maxima + i] = scratch[i] as number
    scratch[totals + i] = 0
  }
  for (let k = 1; k < classCount; k++) {
    const at = k * CHUNK
    for (let i = 0; i < rowCount; i++) {
      const score = scratch[at + i] as number
      if (score > (scratch[maxima + i] as number)) scratch[maxima + i] = score
    }
  }
  let loss = 0
  for (let i = 0; i < rowCount; i++) {
    const own = (scratch[maxima + i] as number) - (scratch[(codes[start + i] as number) * CHUNK + i] as number)
    loss += weights === undefined ? own : own * (weights[start + i] as number)
  }
  for (let k = 0; k < classCount; k++) {
    const at = k * CHUNK
    for (let i = 0; i < rowCount; i++) {
      const odds = exp((scratch[at + i] as number) - (scratch[maxima + i] as number))
      scratch[at + i] = odds
      scratch[totals + i] = (scratch[totals + i] as number) + odds
    }
  }
  for (let i = 0; i < rowCount; i++) {
    const weight = weights === undefined ? 1 : (weights[start + i] as number)
    const total = scratch[totals + i] as number
    loss += weight * Math.log(total)
    scratch[totals + i] = weight / total
  }
  for (let k = 0; k < classCount; k++) {
    const at = k * CHUNK
    for (let i = 0; i < rowCount; i++) {
      scratch[at + i] = (scratch[at + i] as number) * (scratch[totals + i] as number)
    }
  }
  for (let i = 0; i < rowCount; i++) {
    const at = (codes[start + i] as number) * CHUNK + i
    scratch[at] = (scratch[at] as number) - (weights === undefined ? 1 : (weights[start + i] as number))
  }
  return loss
}

/** sums += the products of residuals with columns, and the residuals' own sums. Tiles of 2 classes × 4 columns. */
function addProducts(
  columns: readonly Float64Array[],
  classCount: number,
  size: number,
  start: number,
  end: number,
  sums: Float64Array,
  residuals: Float64Array,
): void {
  const width = size - 1
  for (let k = 0; k < classCount; k += 2) {
    const a = k * size
    const b = a + size
    const aResiduals = k * CHUNK
    const bResiduals = aResiduals + CHUNK
    let aSum = 0
    let bSum = 0
    for (let i = 0; i < end - start; i++) {
      aSum += residuals[aResiduals + i] as number
      bSum += residuals[bResiduals + i] as number
    }
    sums[a + width] = (sums[a + width] as number) + aSum
    sums[b + width] = (sums[b + width] as number) + bSum
    for (let j = 0; j < width; j += 4) {
      const x0 = columns[j] as Float64Array
      const x1 = columns[j + 1] as Float64Array
      const x2 = columns[j + 2] as Float64Array
      const x3 = columns[j + 3] as Float64Array
      let a0 = 0
      let a1 = 0
      let a2 = 0
      let a3 = 0
      let b0 = 0
      let b1 = 0
      let b2 = 0
      let b3 = 0
      for (let i = 0, row = start; row < end; i++, row++) {
        const v0 = x0[row] as number
        const v1 = x1[row] as number
        const v2 = x2[row] as number
        const v3 = x3[row] as number
        const p = residuals[aResiduals + i] as number
        const q = residuals[bResiduals + i] as number
        a0 += p * v0
        a1 += p * v1
        a2 += p * v2
        a3 += p * v3
        b0 += q * v0
        b1 += q * v1
        b2 += q * v2
        b3 += q * v3
      }
      sums[a + j] = (sums[a + j] as number) + a0
      sums[a + j + 1] = (sums[a + j + 1] as number) + a1
      sums[a + j + 2] = (sums[a + j + 2] as number) + a2
      sums[a + j + 3] = (sums[a + j + 3] as number) + a3
      sums[b + j] = (sums[b + j] as number) + b0
      sums[b + j + 1] = (sums[b + j + 1] as number) + b1
      sums[b + j + 2] = (sums[b + j + 2] as number) + b2
      sums[b + j + 3] = (sums[b + j + 3] as number) + b3
    }
  }
}
