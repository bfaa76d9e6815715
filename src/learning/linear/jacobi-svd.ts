// Least squares through singular values: what remains right when columns depend on each other.
import type { StopFlag } from '../parallel/stop-flag.ts'

/** Sweeps after which the rows count as orthogonal: quadratic convergence needs about ten. */
const SWEEPS_MAX = 40

/**
 * Turns the rows of a matrix, and a right-hand side with them, until the rows are orthogonal: one-sided Jacobi
 * (Hestenes 1958; Demmel and Veselić 1992), which finds small singular values to full relative accuracy.
 * Row i then is σᵢ · vᵢᵀ, and rightSide[i] is uᵢᵀ times the former right-hand side.
 *
 * rows       Float64Array, row-major rowCount × width; overwritten
 * rightSide  Float64Array of rowCount; overwritten
 * Returns the singular values, in the order of the rows. O(sweeps · rowCount² · width). Throws FitStopped.
 */
export function orthogonalizeRows(
  rows: Float64Array,
  rightSide: Float64Array,
  rowCount: number,
  width: number,
  stop: StopFlag,
): Float64Array {
  const negligible = Number.EPSILON * Math.sqrt(width)
  const squares = new Float64Array(rowCount)
  let isRotated = true
  for (let sweep = 0; isRotated && sweep < SWEEPS_MAX; sweep++) {
    isRotated = false
    for (let p = 0; p < rowCount; p++) squares[p] = dot(rows, p * width, p * width, width)
    for (let p = 0; p < rowCount - 1; p++) {
      stop.throwIfSet()
      for (let q = p + 1; q < rowCount; q++) {
        const a = squares[p] as number
        const b = squares[q] as number
        if (a === 0 || b === 0) continue
        const g = dot(rows, p * width, q * width, width)
        if (!(Math.abs(g) > negligible * Math.sqrt(a) * Math.sqrt(b))) continue
        isRotated = true
        const zeta = (b - a) / (2 * g)
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const cosine = 1 / Math.sqrt(1 + tangent * tangent)
        const sine = cosine * tangent
        for (let k = 0, i = p * width, j = q * width; k < width; k++, i++, j++) {
          const x = rows[i] as number
          const y = rows[j] as number
          rows[i] = cosine * x - sine * y
          rows[j] = sine * x + cosine * y
        }
        const c = rightSide[p] as number
        const d = rightSide[q] as number
        rightSide[p] = cosine * c - sine * d
        rightSide[q] = sine * c + cosine * d
        squares[p] = dot(rows, p * width, p * width, width)
        squares[q] = dot(rows, q * width, q * width, width)
      }
    }
  }
  return squares.map(Math.sqrt)
}

function dot(values: Float64Array, a: number, b: number, length: number): number {
  let even = 0
  let odd = 0
  let k = 0
  for (; k + 1 < length; k += 2) {
    even += (values[a + k] as number) * (values[b + k] as number)
    odd += (values[a + k + 1] as number) * (values[b + k + 1] as number)
  }
  if (k < length) even += (values[a + k] as number) * (values[b + k] as number)
  return even + odd
}
