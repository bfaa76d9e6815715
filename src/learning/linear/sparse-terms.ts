// What sparse columns add to the scores of a run of rows, and the rows' residuals to their sums: their values alone.
import type { SparseRows } from '../sparse.ts'

/** Of the columns that it is made for; `coefficients` and `sums` are lines of one value a column. */
export class SparseTerms {
  readonly count: number
  /** One line a class. */
  readonly coefficients: Float64Array
  /** The same, of Σ residual · value; to be zeroed by whoever starts a sum. */
  readonly sums: Float64Array
  private readonly sparse: SparseRows

  constructor(sparse: SparseRows, lineCount: number) {
    this.count = sparse.columnCount
    this.sparse = sparse
    this.coefficients = new Float64Array(lineCount * this.count)
    this.sums = new Float64Array(lineCount * this.count)
  }

  /** scores[at + i] += the products of row start + i's values with the coefficients of line k. O(values). */
  addScores(start: number, end: number, scores: Float64Array, at: number, k: number): void {
    const { coefficients } = this
    const { starts, columns, values } = this.sparse
    const line = k * this.count
    for (let row = start, to = at, from = starts[start] as number; row < end; row++, to++) {
      const next = starts[row + 1] as number
      let score = scores[to] as number
      for (; from < next; from++) {
        score += (coefficients[line + (columns[from] as number)] as number) * (values[from] as number)
      }
      scores[to] = score
    }
  }

  /** sums += residuals[at + i] times each of row start + i's values, in line k. O(values). */
  addProducts(start: number, end: number, residuals: Float64Array, at: number, k: number): void {
    const { sums } = this
    const { starts, columns, values } = this.sparse
    const line = k * this.count
    for (let row = start, to = at, from = starts[start] as number; row < end; row++, to++) {
      const next = starts[row + 1] as number
      const residual = residuals[to] as number
      for (; from < next; from++) {
        const place = line + (columns[from] as number)
        sums[place] = (sums[place] as number) + residual * (values[from] as number)
      }
    }
  }
}
