// Parameters that a tree and a forest have in common, by scikit-learn's names.
import { choice, countOrShare, integer, none, parameter, randomState, real } from '../learning/parameters.ts'
import type { TreeLimits } from './grow-tree.ts'

export const treeParameters = {
  /** The package knows no other. */
  criterion: parameter('gini', choice('gini')),
  /** null: until every leaf has one class or equal rows. */
  max_depth: parameter(null, none, integer({ min: 1 })),
  /** Rows that a node needs to be split: a count, or with a fraction that share of the training rows. */
  min_samples_split: parameter(2, countOrShare('rows', 2)),
  /** A split must decrease the Gini impurity by as much, weighted by the node's share of the training rows. */
  min_impurity_decrease: parameter(0, real({ min: 0 })),
  random_state: randomState,
}

export function treeLimits(
  given: {
    readonly max_depth: number | null
    readonly min_samples_split: number
    readonly min_impurity_decrease: number
  },
  rowCount: number,
): TreeLimits {
  const splitRows = given.min_samples_split
  return {
    depthMax: given.max_depth,
    splitRowsMin: splitRows <= 1 ? Math.max(2, Math.ceil(splitRows * rowCount)) : splitRows,
    impurityDecreaseMin: given.min_impurity_decrease,
  }
}
