// What the search for splits asks of an impurity; entropy and absolute error share it; the others have a kernel.

/** The best cut that a scan has found so far in one node. Mutable: scans only ever raise it. */
export interface Cut {
  /** In the unit of the criterion; the higher the better. −Infinity before the first cut. */
  score: number
  /** Scores that differ by less are equal (rounding), and the earlier cut stays. Set when a node is loaded. */
  tolerance: number
  /** The highest code on the left, and the lowest on the right among the rows of the node. */
  low: number
  high: number
  /** Where the missing values of the node go; meaningless where it has none. */
  missingLeft: boolean
}

/** What both sides of a cut must have. */
export interface LeafLimits {
  readonly rowCountMin: number
  readonly weightMin: number
}

/**
 * An impurity over one node at a time: `load` a node, then ask for the best cut of one column after another.
 * The codes handed in are those of the loaded rows, in their order.
 */
export interface Criterion {
  /** Of the loaded node: the sum of weights, and the impurity per unit of weight (exactly 0 when pure). */
  weight: number
  impurity: number
  /** The mean or median of the target, for regression. */
  value: number
  /** Reads rows[start … start+n) and resets the cut. O(n), absolute error O(n log n). */
  load(rows: Int32Array, start: number, n: number, cut: Cut): void
  /**
   * Looks at every cut between codes along `order`, which sorts the rows by code. Rows order[presentCount …] are those
   * with a missing value: they are tried on the right, then on the left. True when the cut was raised.
   */
  scanOrder(
    codes: Int32Array,
    order: Int32Array,
    n: number,
    presentCount: number,
    limits: LeafLimits,
    cut: Cut,
  ): boolean
  /** Looks at one cut: codes up to `low`, and `missingCode` where it is not −1, on the left. True when it was raised. */
  scanOne(codes: Int32Array, n: number, low: number, missingCode: number, limits: LeafLimits, cut: Cut): boolean
  /** Writes for each code a number to order categories by. Codes without a row keep NaN. */
  scoreCategories(codes: Int32Array, n: number, categoryCount: number, scores: Float64Array): void
  /** The class of all rows of the loaded node; −1 where there are several, and for regression. */
  onlyClass(): number
  /** The weight of each class in the loaded node; null for regression. Valid until the next call. */
  leafClasses(): Float64Array | null
  /** The decrease of impurity, times the weight of the node, that a score stands for. */
  decrease(score: number): number
}
