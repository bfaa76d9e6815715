// What indicators add to the scores of a run of rows, and the rows' residuals to their sums: their ones alone.

/** Of the design that it is made for; `coefficients` and `sums` are lines of one value an indicator. */
export class IndicatorTerms {
  readonly count: number
  /** One line a class. */
  readonly coefficients: Float64Array
  /** The same, of Σ residual over the rows with a 1; to be zeroed by whoever starts a sum. */
  readonly sums: Float64Array
  private readonly starts: Int32Array
  private readonly ones: Int32Array

  constructor(
    { starts, ones, indicators }: { starts: Int32Array; ones: Int32Array; indicators: readonly unknown[] },
    lineCount: number,
  ) {
    this.count = indicators.length
    this.starts = starts
    this.ones = ones
    this.coefficients = new Float64Array(lineCount * this.count)
    this.sums = new Float64Array(lineCount * this.count)
  }

  /** scores[at + i] += the coefficients of row start + i's indicators in line k. O(ones). */
  addScores(start: number, end: number, scores: Float64Array, at: number, k: number): void {
    const { starts, ones, coefficients } = this
    const line = k * this.count
    for (let row = start, to = at, from = starts[start] as number; row < end; row++, to++) {
      const next = starts[row + 1] as number
      let score = scores[to] as number
      for (; from < next; from++) score += coefficients[line + (ones[from] as number)] as number
      scores[to] = score
    }
  }

  /** sums += residuals[at + i] for each of row start + i's indicators, in line k. O(ones). */
  addProducts(start: number, end: number, residuals: Float64Array, at: number, k: number): void {
    const { starts, ones, sums } = this
    const line = k * this.count
    for (let row = start, to = at, from = starts[start] as number; row < end; row++, to++) {
      const next = starts[row + 1] as number
      const residual = residuals[to] as number
      for (; from < next; from++) {
        const place = line + (ones[from] as number)
        sums[place] = (sums[place] as number) + residual
      }
    }
  }
}
