// Boosted trees as data: what a fit leaves behind.
import type { ColumnBins } from './column-bins.ts'
import type { TreeBatch } from './tree-batch.ts'

/**
 * baseline        per output, what the trees add to
 * bins            per column of the trees; splits name bins, these say which values they hold
 * sources         per column of the trees, the feature that it reads: first each feature for itself, then those again
 *                 whose levels have been pooled by several classes
 * trees           tree t adds to output t mod outputs
 * importances     per feature, gains summed over splits, over their sum
 * trainingLoss    mean loss before the first tree and after each iteration
 * validationLoss  the same for the rows held out; empty where none were
 */
export interface BoostedTrees {
  readonly columnCount: number
  readonly outputs: number
  readonly baseline: Float64Array
  readonly bins: readonly ColumnBins[]
  readonly sources: Int32Array
  readonly trees: TreeBatch
  readonly importances: Float64Array
  readonly trainingLoss: Float64Array
  readonly validationLoss: Float64Array
}
