// A split as the search leaves it, before the tree takes it over.

/** Mutable and reused: one per grower. */
export class Split {
  /** −1 when there is none. */
  feature = -1
  /** Rows with a code up to `low` go left; by rank of category where `categoryRanks` is in use. */
  low = 0
  high = 0
  /** Where a missing value goes; where the node had none, that is known when its rows are divided. */
  missingLeft = false
  /** True when the node had missing values in the column. */
  hadMissing = false
  /** Known when the rows are divided. */
  leftRowCount = 0
  /** Numeric columns: values up to it go left. */
  threshold = 0
  /** Decrease of impurity times the weight of the node. */
  decrease = 0
  isCategorical = false
  /** By code of category (the highest stands for missing): 1 where it goes left. Valid when isCategorical. */
  readonly goesLeft: Uint8Array

  constructor(categoryCountMax: number) {
    this.goesLeft = new Uint8Array(categoryCountMax + 1)
  }
}
