// How much of what the categories of a node seem to tell is more than chance.

/** Before a node shows otherwise, its rows vary within categories as they do at large: so many rows' worth of that, ... */
const PRIOR_ROWS = 5
/** ... and so many for each category. */
const PRIOR_ROWS_PER_CATEGORY = 0.5

/**
 * Collects what the categories of one column tell of a target in one node, and gives the share of it that is not chance.
 *
 * A cut along categories ordered by their means fits every difference between means, those by chance too: of 500
 * categories with a row each it finds one that tells all. By chance alone, categories have between them a sum of squares
 * of s² · (categories − 1), s² being the variance within them (the analysis of variance, Fisher 1925); with row weights v
 * it is s² · (Σ over categories of Σv²/Σv − Σv²/Σv of the node). The share that is left of the sum found is 1 − 1/F, the
 * shrinkage of James and Stein (1961). Where categories have few rows, s² is hardly known: it leans on the variance of
 * the whole node, by the prior rows above. Then nothing is left for categories of one row each, and nearly all where they
 * are few or truly different. Two categories have one cut, which nobody chose: it counts in whole. docs/decisions/category-cuts.md has what was measured.
 */
export class LevelEvidence {
  private count = 0
  private chance = 0
  private between = 0

  clear(): void {
    this.count = 0
    this.chance = 0
    this.between = 0
  }

  /** Of a category: the weight of its rows, their squared weights, and the squared sums of the weighted targets. */
  add(weight: number, squaredWeights: number, squaredSums: number): void {
    this.count += 1
    this.chance += squaredWeights / weight
    this.between += squaredSums / weight
  }

  /** The same of the node, and its sum of squares around the mean. Gives 0 to 1. */
  share(weight: number, squaredWeights: number, squaredSums: number, squares: number): number {
    // Two categories have one cut, as a column of two numbers has: nothing was chosen.
    if (this.count <= 2) return 1
    const { chance } = this
    const between = this.between - squaredSums / weight
    const ofOneRow = squaredWeights / weight
    const overall = squares / (weight - ofOneRow)
    const prior = PRIOR_ROWS * ofOneRow + PRIOR_ROWS_PER_CATEGORY * chance
    const within = (Math.max(0, squares - between) + prior * overall) / (weight - chance + prior)
    const share = 1 - (within * (chance - ofOneRow)) / between
    // Below that it is rounding, of categories with one row each.
    return share > 1e-9 ? Math.min(1, share) : 0
  }
}
