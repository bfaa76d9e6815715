// Sums of trees for rows, by what is faster for so many: a walk, or QuickScorer.
import { tellPartKept } from '../kept-parts.ts'
import { QuickScorer } from './quick-scorer/quick-scorer.ts'
import { type ScorableTrees, scorableTrees } from './quick-scorer/scorable-trees.ts'
import { TreeWalker, type WalkableTrees } from './tree-walker.ts'

/** Rows at once from which QuickScorer is faster: it takes 64 together. */
const SCORED_ROWS_MIN = 24
/** A walk of so many rows takes what it takes to lay out the trees for QuickScorer, in a process that has never done it. */
const ROWS_BEFORE_LAYOUT = 16_384

/** What is made for the rows is made when they come, and kept. */
export class TreeScorer {
  readonly trees: WalkableTrees
  private scorable: ScorableTrees | null | undefined
  private rowsSeen = 0
  private walker: TreeWalker | undefined
  private scorer: QuickScorer | undefined

  constructor(trees: WalkableTrees) {
    this.trees = trees
  }

  /** Writes the outputs, row-major, of rows [start, end) of row-major values. O(rows × trees × depth). */
  write(values: Float64Array, start: number, end: number, raw: Float64Array): void {
    const scorable = this.scorableFor(end - start)
    if (scorable === null) this.walk.write(values, start, end, raw)
    else {
      if (this.scorer === undefined) {
        this.scorer = new QuickScorer(this.trees, scorable)
        tellPartKept()
      }
      this.scorer.write(values, start, end, raw)
    }
  }

  /** Trees for a QuickScorer of so many rows, which are coming; null where a walk is to be taken. */
  scorableFor(rowCount: number): ScorableTrees | null {
    if (rowCount < SCORED_ROWS_MIN) return null
    this.rowsSeen += rowCount
    if (this.scorable === undefined && this.rowsSeen >= ROWS_BEFORE_LAYOUT) {
      this.scorable = scorableTrees(this.trees)
      tellPartKept()
    }
    return this.scorable ?? null
  }

  /** The walk through the trees, for what needs the leaves themselves. */
  get walk(): TreeWalker {
    if (this.walker === undefined) {
      this.walker = new TreeWalker(this.trees)
      tellPartKept()
    }
    return this.walker
  }
}
