// The sums of imported trees for rows, before any link, in the arithmetic of their framework.

import { scoreOnTeam } from '../boosting/predict-on-team.ts'
import { TreeScorer } from '../boosting/tree-scorer.ts'
import { requireColumns } from '../column-count.ts'
import { type RowBlock, toDenseRows } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import type { ImportedLine, ImportedScores, LinearLeaves } from './imported-scores.ts'
import { viewRows } from './view-rows.ts'
import { type WalkableForest, walkableForest } from './walkable-forest.ts'

/** Ready to score. What takes time is made when the first rows come. */
export class RowScorer {
  private readonly scores: ImportedScores
  private forest: WalkableForest | undefined
  private treeScorer: TreeScorer | undefined

  constructor(scores: ImportedScores) {
    this.scores = scores
  }

  /** Row-major rowCount × outputs. Throws DataError for another number of columns. O(rows × trees × depth). */
  score(x: RowBlock): Float64Array {
    const rows = this.dense(x)
    const { trees, line, baseline, isFloat32 } = this.scores
    if (line !== null) return scoreByLine(line, rows, baseline, isFloat32)
    const seen = viewRows(trees, rows)
    if (trees.lines !== null) return this.scoreByLeaves(seen, rows.rowCount, trees.lines)
    const raw = new Float64Array(rows.rowCount * trees.outputs)
    this.scorer.write(seen, 0, rows.rowCount, raw)
    return raw
  }

  /** The same on the threads of a team, where it pays. Throws DataError, FitStopped. */
  async scoreOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    const { trees, line } = this.scores
    if (line !== null || trees.lines !== null) return this.score(x)
    const rows = this.dense(x)
    const values = viewRows(trees, rows)
    const seen = { rowCount: rows.rowCount, columnCount: trees.views.length, values }
    return scoreOnTeam(this.scorer, team, seen, stop)
  }

  /** The leaf of each row in each tree, row-major rowCount × trees, counted over all trees. */
  leaves(x: RowBlock): Int32Array {
    const { trees } = this.scores
    const treeCount = trees.splitCounts.length
    const { leafOfNode } = this.walkable
    const leaves = new Int32Array(x.rowCount * treeCount)
    this.scorer.walk.eachLeaf(viewRows(trees, this.dense(x)), 0, x.rowCount, (tree, row, node) => {
      leaves[row * treeCount + tree] = leafOfNode[node] as number
    })
    return leaves
  }

  private get walkable(): WalkableForest {
    const { trees, baseline, isFloat32 } = this.scores
    this.forest ??= walkableForest(trees, baseline, isFloat32)
    return this.forest
  }

  private get scorer(): TreeScorer {
    this.treeScorer ??= new TreeScorer(this.walkable.walkable)
    return this.treeScorer
  }

  private dense(x: RowBlock): RowBlock {
    requireColumns(this.scores.columnCount, x)
    return x.sparse === undefined ? x : toDenseRows(x, 0, x.rowCount)
  }

  /** Trees whose leaves are lines: Tree::Predict of LightGBM's include/LightGBM/tree.h. */
  private scoreByLeaves(seen: Float64Array, rowCount: number, lines: LinearLeaves): Float64Array {
    const { trees, baseline } = this.scores
    const { outputs, treeOutputs, values } = trees
    const { leafOfNode } = this.walkable
    const width = trees.views.length
    const raw = new Float64Array(rowCount * outputs)
    for (let k = 0; k < raw.length; k++) raw[k] = baseline[k % outputs] as number
    this.scorer.walk.eachLeaf(seen, 0, rowCount, (tree, row, node) => {
      const leaf = leafOfNode[node] as number
      const k = row * outputs + (treeOutputs[tree] as number)
      raw[k] = (raw[k] as number) + leafLine(lines, leaf, seen, row * width, values[leaf] as number)
    })
    return raw
  }
}

/** What a leaf says of a row that is seen from `at` on. */
export function leafLine(lines: LinearLeaves, leaf: number, seen: Float64Array, at: number, value: number): number {
  let sum = lines.constants[leaf] as number
  for (let k = lines.starts[leaf] as number; k < (lines.starts[leaf + 1] as number); k++) {
    const x = seen[at + (lines.columns[k] as number)] as number
    if (Number.isNaN(x)) return value
    sum += (lines.coefficients[k] as number) * x
  }
  return sum
}

/** Missing values add nothing. As GBLinear::Pred of XGBoost's src/gbm/gblinear.cc. */
function scoreByLine(
  { coefficients, intercepts }: ImportedLine,
  { rowCount, columnCount, values }: RowBlock,
  baseline: Float64Array,
  isFloat32: boolean,
): Float64Array {
  const round = isFloat32 ? Math.fround : (value: number) => value
  const outputs = baseline.length
  const raw = new Float64Array(rowCount * outputs)
  for (let i = 0; i < rowCount; i++) {
    for (let k = 0; k < outputs; k++) {
      let sum = round((intercepts[k] as number) + (baseline[k] as number))
      for (let j = 0; j < columnCount; j++) {
        const x = round(values[i * columnCount + j] as number)
        if (!Number.isNaN(x)) sum = round(sum + round(x * (coefficients[j * outputs + k] as number)))
      }
      raw[i * outputs + k] = sum
    }
  }
  return raw
}
