// Walks boosted trees by raw values.
import { requireColumnCount } from '../column-count.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { CategoryWalker } from './category-walker.ts'
import { walkOnTeam } from './predict-on-team.ts'
import { TreeWalker, type WalkableTrees, walkableTrees } from './walkable-trees.ts'

/** Trees ready to predict. What takes time is made when the first rows come. */
export class TreePredictor {
  readonly columnCount: number
  private readonly boosted: BoostedTrees
  private walkable: WalkableTrees | null | undefined
  private walker: TreeWalker | undefined
  private categoryWalker: CategoryWalker | undefined

  constructor(boosted: BoostedTrees) {
    this.columnCount = boosted.columnCount
    this.boosted = boosted
  }

  /** Outputs before any link function, row-major rowCount × outputs. Throws DataError for another number of columns. */
  predictRaw(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const trees = this.walkableTrees()
    if (trees === null) {
      this.categoryWalker ??= new CategoryWalker(this.boosted)
      return this.categoryWalker.predictRaw(x)
    }
    const raw = new Float64Array(x.rowCount * trees.outputs)
    this.walker ??= new TreeWalker(trees)
    this.walker.write(x.values, 0, x.rowCount, raw)
    return raw
  }

  /** The same on the threads of a team, where it pays. Throws DataError, FitStopped. */
  async predictRawOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    const trees = this.walkableTrees()
    if (trees === null) return this.predictRaw(x)
    requireColumnCount(this.columnCount, x)
    return walkOnTeam(trees, team, x, stop)
  }

  private walkableTrees(): WalkableTrees | null {
    if (this.walkable === undefined) this.walkable = walkableTrees(this.boosted)
    return this.walkable
  }
}
