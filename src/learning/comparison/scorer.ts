// Metrics of one version's answers, for many resamples of the rows: what does not depend on the resample is done once.

/** The metrics of some rows, each of which counts so many times. */
export interface Scorer {
  readonly names: readonly string[]
  /** Passes over the rows that one resample takes. */
  readonly passes: number
  /**
   * Writes one value a name; NaN where it is undefined. Of the same rows with weights 1 these are the usual metrics.
   *
   * weights  one count ≥ 0 a row
   * into     one place a name; overwritten
   */
  score(weights: Float64Array, into: Float64Array): void
}

/** The rows by ascending value, and where a value ends: rows of equal values stand together. O(n log n). */
export class ValueOrder {
  /** Row indices, by ascending value. */
  readonly rows: Int32Array
  /** Per place in that order: 1 where the next row has another value, and at the end. */
  readonly isLast: Uint8Array

  /** values: no NaN; not kept. */
  constructor(values: Float64Array) {
    this.rows = Int32Array.from(values, (_, row) => row)
    this.rows.sort((a, b) => (values[a] as number) - (values[b] as number))
    this.isLast = new Uint8Array(values.length).fill(1)
    for (let place = 1; place < values.length; place++) {
      if (values[this.rows[place] as number] === values[this.rows[place - 1] as number]) this.isLast[place - 1] = 0
    }
  }
}
