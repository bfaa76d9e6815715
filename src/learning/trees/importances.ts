// How much each column has lowered the impurity.
import { type GrownTree, LEAF } from './grown-tree.ts'

/**
 * Per column, the sum over its splits of the weighted impurity they removed, as shares of all (Breiman et al. 1984,
 * section 5.3.4; the "mean decrease in impurity" of scikit-learn). Follows the nodes that pruning has left.
 * All 0 where the tree is one leaf. O(nodes).
 */
export function treeImportances(tree: GrownTree, columnCount: number): Float64Array {
  const { features, lefts, rights, weights, impurities } = tree
  const importances = new Float64Array(columnCount)
  const isReached = new Uint8Array(tree.nodeCount)
  isReached[0] = 1
  // Children have higher indices than their parents.
  for (let node = 0; node < isReached.length; node++) {
    const feature = features[node]!
    if (feature === LEAF || isReached[node] === 0) continue
    const left = lefts[node]!
    const right = rights[node]!
    importances[feature]! +=
      weights[node]! * impurities[node]! - weights[left]! * impurities[left]! - weights[right]! * impurities[right]!
    isReached[left] = 1
    isReached[right] = 1
  }
  return normalize(importances)
}

/** The mean of the trees' importances, as shares again. Trees of one leaf have no say. */
export function meanImportances(ofTrees: readonly Float64Array[], columnCount: number): Float64Array {
  const mean = new Float64Array(columnCount)
  for (const importances of ofTrees) for (let j = 0; j < columnCount; j++) mean[j]! += importances[j]!
  return normalize(mean)
}

function normalize(values: Float64Array): Float64Array {
  let sum = 0
  for (const value of values) sum += value
  return sum > 0 ? values.map((value) => value / sum) : values.fill(0)
}
