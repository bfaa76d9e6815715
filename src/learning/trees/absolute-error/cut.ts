// What the search for splits and the criterion pass between them.

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
