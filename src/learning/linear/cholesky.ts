// Cholesky factors of small symmetric positive definite matrices.

/**
 * Overwrites the lower triangle of a symmetric matrix with L, where L · Lᵀ is the matrix; reads only the lower triangle.
 *
 * matrix  Float64Array, row-major size × size, from `at` on
 * Returns false, with the matrix spoilt, when it is not positive definite in floating point. O(size³ / 6).
 */
export function factorize(matrix: Float64Array, size: number, at = 0): boolean {
  for (let i = 0; i < size; i++) {
    const row = at + i * size
    for (let j = 0; j <= i; j++) {
      const other = at + j * size
      // Four sums at a time: one would wait for each addition to end.
      let s0 = matrix[row + j] as number
      let s1 = 0
      let s2 = 0
      let s3 = 0
      let k = 0
      for (; k + 3 < j; k += 4) {
        s0 -= (matrix[row + k] as number) * (matrix[other + k] as number)
        s1 -= (matrix[row + k + 1] as number) * (matrix[other + k + 1] as number)
        s2 -= (matrix[row + k + 2] as number) * (matrix[other + k + 2] as number)
        s3 -= (matrix[row + k + 3] as number) * (matrix[other + k + 3] as number)
      }
      for (; k < j; k++) s0 -= (matrix[row + k] as number) * (matrix[other + k] as number)
      const sum = s0 + s1 + (s2 + s3)
      if (j < i) matrix[row + j] = sum / (matrix[other + j] as number)
      else if (sum > 0 && sum < Number.POSITIVE_INFINITY) matrix[row + i] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

/** Overwrites b, from `bAt` on, with the solution x of L · Lᵀ · x = b. O(size²). */
export function solveFactorized(l: Float64Array, size: number, b: Float64Array, at = 0, bAt = 0): void {
  for (let i = 0; i < size; i++) {
    const row = at + i * size
    let sum = b[bAt + i] as number
    for (let k = 0; k < i; k++) sum -= (l[row + k] as number) * (b[bAt + k] as number)
    b[bAt + i] = sum / (l[row + i] as number)
  }
  for (let i = size - 1; i >= 0; i--) {
    const row = at + i * size
    const x = (b[bAt + i] as number) / (l[row + i] as number)
    b[bAt + i] = x
    for (let k = 0; k < i; k++) b[bAt + k] = (b[bAt + k] as number) - (l[row + k] as number) * x
  }
}

/** The Frobenius norm of L⁻¹: at least the spectral norm, at most √size times it. O(size³ / 6). */
export function inverseNorm(l: Float64Array, size: number): number {
  const column = new Float64Array(size)
  let sumOfSquares = 0
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      const row = i * size
      let sum = i === j ? 1 : 0
      for (let k = j; k < i; k++) sum -= (l[row + k] as number) * (column[k] as number)
      const value = sum / (l[row + i] as number)
      column[i] = value
      sumOfSquares += value * value
    }
  }
  return Math.sqrt(sumOfSquares)
}
