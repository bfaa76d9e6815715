// Minimal cost-complexity pruning.
import { type GrownTree, LEAF } from './grown-tree.ts'

/**
 * Makes leaves of the splits that a cost of `alpha` per leaf does not leave standing: the smallest of the subtrees with
 * the least R(T) + alpha·leaves, where R is the leaves' impurity weighted by their share of the root's weight
 * (Breiman et al. 1984, section 3.3). For one alpha that subtree comes out of one pass from the leaves up, because
 * children have higher indices than their parents; it is the one that cutting weakest links one by one arrives at.
 *
 * A pruned node takes the classes of its old leaves together. Nodes below it stay in the arrays, out of reach.
 * O(nodes); alpha 0 prunes nothing, as in scikit-learn.
 */
export function pruneTree(tree: GrownTree, alpha: number): void {
  if (alpha === 0) return
  const { features, lefts, rights, weights, impurities, nodeCount } = tree
  const costs = new Float64Array(nodeCount)
  for (let node = nodeCount - 1; node >= 0; node--) {
    const asLeaf = (weights[node]! * impurities[node]!) / weights[0]! + alpha
    if (features[node] === LEAF) {
      costs[node] = asLeaf
      continue
    }
    const asSplit = costs[lefts[node]!]! + costs[rights[node]!]!
    // A node without a gain must go even when rounding makes its split look better by a hair.
    if (asLeaf <= asSplit + 1e-14 * Math.abs(asSplit)) makeLeaf(tree, node)
    costs[node] = Math.min(asLeaf, asSplit)
  }
}

function makeLeaf(tree: GrownTree, node: number): void {
  const left = tree.lefts[node]!
  const right = tree.rights[node]!
  tree.features[node] = LEAF
  if (tree.leafSizes[left]! + tree.leafSizes[right]! > 0) tree.joinLeaves(node, left, right)
}
