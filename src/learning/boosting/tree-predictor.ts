// Walks boosted trees by raw values.

import { requireColumns } from '../column-count.ts'
import { tellPartKept } from '../kept-parts.ts'
import { type RowBlock, toDenseRows } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { CategoryWalker } from './category-walker.ts'
import { scoreOnTeam } from './predict-on-team.ts'
import { TreeScorer } from './tree-scorer.ts'
import { walkableTrees } from './walkable-trees.ts'

/** Of rows with sparse columns, so many values at a time: they stay in the second cache. */
const DENSE_VALUES = 2 ** 16

/** Trees ready to predict. What takes time is made when the first rows come. */
export class TreePredictor {
  readonly columnCount: number
  private readonly boosted: BoostedTrees
  private scorer: TreeScorer | null | undefined
  private categoryWalker: CategoryWalker | undefined

  constructor(boosted: BoostedTrees) {
    this.columnCount = boosted.columnCount
    this.boosted = boosted
  }

  /** Outputs before any link function, row-major rowCount × outputs. Throws DataError for another number of columns. */
  predictRaw(x: RowBlock): Float64Array {
    requireColumns(this.columnCount, x)
    return x.sparse === undefined ? this.walk(x) : this.walkSparse(x)
  }

  /** Some rows at a time are made dense. Throws FitStopped. */
  private walkSparse(x: RowBlock, stop?: StopFlag): Float64Array {
    const raw = new Float64Array(x.rowCount * this.boosted.outputs)
    const rowsMax = Math.max(1, Math.floor(DENSE_VALUES / this.columnCount))
    for (let start = 0; start < x.rowCount; start += rowsMax) {
      stop?.throwIfSet()
      const rows = toDenseRows(x, start, Math.min(start + rowsMax, x.rowCount))
      raw.set(this.walk(rows), start * this.boosted.outputs)
    }
    return raw
  }

  private walk(x: RowBlock): Float64Array {
    const scorer = this.treeScorer()
    if (scorer === null) {
      if (this.categoryWalker === undefined) {
        this.categoryWalker = new CategoryWalker(this.boosted)
        tellPartKept()
      }
      return this.categoryWalker.predictRaw(x)
    }
    const raw = new Float64Array(x.rowCount * this.boosted.outputs)
    scorer.write(x.values, 0, x.rowCount, raw)
    return raw
  }

  /** The same on the threads of a team, where it pays; sparse rows on this thread alone. Throws DataError, FitStopped. */
  async predictRawOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    const scorer = this.treeScorer()
    requireColumns(this.columnCount, x)
    if (x.sparse !== undefined) return this.walkSparse(x, stop)
    if (scorer === null) return this.walk(x)
    return scoreOnTeam(scorer, team, x, stop)
  }

  private treeScorer(): TreeScorer | null {
    if (this.scorer === undefined) {
      const trees = walkableTrees(this.boosted)
      this.scorer = trees === null ? null : new TreeScorer(trees)
    }
    return this.scorer
  }
}
