// A matrix as U · B · Vᵀ, where B has a diagonal and one above it: the way to its singular values.
import type { Breather } from '../breather.ts'
import { DataError } from '../errors.ts'
import { turn } from '../fit-context.ts'
import { instantiate, newMemory, PAGE_BYTES, PAGES_MAX } from '../wasm/web-assembly.ts'
import { BIDIAGONAL_MODULE, type BidiagonalRoutines } from './bidiagonal-module.ts'

/** Squares below this are those of rounding residues, beside entries near 1: their reciprocals would overflow. */
const SQUARE_MIN = 1e-280

/**
 * Householder reflections from both sides (Golub and Kahan 1965; Golub and Van Loan, Matrix Computations, 4th ed.,
 * 5.4.8), each column being read and written once a step: the reflection from the right waits for the next one from the
 * left. Backward stable. Memory: 8 · columnCount · (rowCount + 1) bytes.
 */
export class BidiagonalForm {
  readonly rowCount: number
  readonly columnCount: number
  /** Column-major, column j from j · stride on; to be filled with entries of at most about 1 before `reduce`. */
  readonly matrix: Float64Array
  readonly stride: number
  /** B, once reduced. */
  readonly diagonal: Float64Array
  /** Entry j lies right of diagonal[j]; the last one is 0. */
  readonly above: Float64Array
  private readonly leftFactors: Float64Array
  private readonly rightFactors: Float64Array
  private readonly work: Float64Array
  private readonly routines: BidiagonalRoutines

  /** rowCount ≥ columnCount > 0. Throws DataError beyond 4 GiB. */
  constructor(rowCount: number, columnCount: number) {
    this.rowCount = rowCount
    this.columnCount = columnCount
    this.stride = rowCount + (rowCount % 2)
    const length = this.stride * columnCount
    const pages = Math.ceil((8 * (length + 3 * this.stride)) / PAGE_BYTES)
    if (pages > PAGES_MAX) throw new DataError(`${columnCount} × ${rowCount} values are too many to solve for: 4 GiB`)
    const memory = newMemory(pages)
    this.routines = instantiate(BIDIAGONAL_MODULE, { memory }) as BidiagonalRoutines
    this.matrix = new Float64Array(memory.buffer, 0, length)
    this.work = new Float64Array(memory.buffer, 8 * length, 3 * this.stride)
    this.diagonal = new Float64Array(columnCount)
    this.above = new Float64Array(columnCount)
    this.leftFactors = new Float64Array(columnCount)
    this.rightFactors = new Float64Array(columnCount)
  }

  /** Overwrites the matrix with the reflectors. O(rowCount · columnCount²). Throws FitStopped. */
  async reduce(breather: Breather): Promise<void> {
    const { matrix, stride, columnCount, rowCount, routines } = this
    const pulls = new Float64Array(columnCount)
    const row = new Float64Array(columnCount)
    const v = this.work.subarray(0, stride)
    let w = this.work.subarray(stride, 2 * stride)
    let sums = this.work.subarray(2 * stride)
    for (let j = 0; j < columnCount; j++) {
      if (breather.isTurnDue()) await turn()
      const at = j * stride
      for (let i = j; i < rowCount; i++) {
        matrix[at + i] = (matrix[at + i] as number) - (pulls[j] as number) * (w[i] as number)
      }
      const left = reflector(matrix, at + j, 1, rowCount - j)
      this.diagonal[j] = left.value
      this.leftFactors[j] = left.factor
      v.fill(0, 0, j)
      for (let i = j; i < rowCount; i++) v[i] = matrix[at + i] as number
      const head = v[j] as number
      // Pairs of rows: what comes before row j is 0 in v and w.
      const start = 8 * (j - (j % 2))
      sums.fill(0)
      for (let k = j + 1; k < columnCount; k++) {
        const column = matrix.byteOffset + 8 * k * stride
        const end = column + 8 * stride
        const dot = routines.pullColumn(
          column + start,
          end,
          w.byteOffset + start,
          v.byteOffset + start,
          pulls[k] as number,
        )
        const step = dot * left.factor
        const weight = (matrix[k * stride + j] as number) - step * head
        row[k] = weight
        routines.reflectColumn(column + start, end, v.byteOffset + start, sums.byteOffset + start, step, weight)
      }
      if (j + 1 === columnCount) break
      const former = row[j + 1] as number
      const right = reflector(row, j + 1, 1, columnCount - j - 1)
      this.above[j] = right.value
      this.rightFactors[j] = right.factor
      for (let k = j + 1; k < columnCount; k++) {
        matrix[k * stride + j] = row[k] as number
        pulls[k] = right.factor * (row[k] as number)
      }
      // The sums were taken with the row as it was; its head has changed since.
      const change = (row[j + 1] as number) - former
      for (let i = j + 1; i < rowCount; i++) {
        sums[i] = (sums[i] as number) + change * (matrix[(j + 1) * stride + i] as number)
      }
      sums.fill(0, 0, j + 1)
      ;[w, sums] = [sums, w]
    }
  }

  /** Overwrites a vector of rowCount with Uᵀ · vector. */
  applyLeftTransposed(vector: Float64Array): void {
    for (let j = 0; j < this.columnCount; j++) this.reflectLeft(j, vector)
  }

  /** Overwrites a vector of rowCount with U · vector. */
  applyLeft(vector: Float64Array): void {
    for (let j = this.columnCount - 1; j >= 0; j--) this.reflectLeft(j, vector)
  }

  /** Overwrites a vector of columnCount with Vᵀ · vector. */
  applyRightTransposed(vector: Float64Array): void {
    for (let j = 0; j < this.columnCount - 1; j++) this.reflectRight(j, vector)
  }

  /** Overwrites a vector of columnCount with V · vector. */
  applyRight(vector: Float64Array): void {
    for (let j = this.columnCount - 2; j >= 0; j--) this.reflectRight(j, vector)
  }

  private reflectLeft(j: number, vector: Float64Array): void {
    reflect(vector, j, this.rowCount, this.matrix, j * this.stride + j, 1, this.leftFactors[j] as number)
  }

  private reflectRight(j: number, vector: Float64Array): void {
    const { columnCount, matrix, stride } = this
    reflect(vector, j + 1, columnCount, matrix, (j + 1) * stride + j, stride, this.rightFactors[j] as number)
  }
}

/**
 * The reflection that makes of a vector a multiple of its first axis: overwrites the vector with the reflector v and
 * returns that multiple, and the factor f of 1 − f · v · vᵀ. A factor of 0 leaves all as it is.
 */
function reflector(values: Float64Array, at: number, step: number, length: number): { value: number; factor: number } {
  let below = 0
  for (let i = 1, from = at + step; i < length; i++, from += step) below += (values[from] as number) ** 2
  const alpha = values[at] as number
  if (!(below >= SQUARE_MIN)) return { value: alpha, factor: below < SQUARE_MIN ? 0 : Number.NaN }
  const norm = Math.sqrt(alpha * alpha + below)
  // The sign that adds, so that the head of the reflector suffers no cancellation.
  const value = alpha > 0 ? -norm : norm
  const head = alpha - value
  values[at] = head
  return { value, factor: -1 / (value * head) }
}

function reflect(
  vector: Float64Array,
  from: number,
  end: number,
  reflectors: Float64Array,
  at: number,
  step: number,
  factor: number,
): void {
  if (factor === 0) return
  let dot = 0
  for (let i = from, k = at; i < end; i++, k += step) dot += (vector[i] as number) * (reflectors[k] as number)
  const size = dot * factor
  for (let i = from, k = at; i < end; i++, k += step) {
    vector[i] = (vector[i] as number) - size * (reflectors[k] as number)
  }
}
