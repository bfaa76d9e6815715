// Minimal cost-complexity pruning.
import { type GrownTree, LEAF } from './grown-tree.ts'

/**
 * Makes leaves of the splits that a cost of `alpha` per leaf does not leave standing: the smallest of the subtrees with
 * the least R(T) + alpha·leaves, where R is the leaves' impurity weighted by their share of the root's weight
 * (Breiman et al. 1984, section 3.3). For one alpha that subtree comes out of one pass from the leaves up, because
 * children have higher indices than their parents; it is the one that cutting weakest links one by one arrives at.
 *
 * A pruned node takes the classes of all the leaves that were below it. Nodes below it stay in the arrays, out of reach.
 * O(nodes + classes of leaves); alpha 0 prunes nothing, as in scikit-learn.
 */
export function pruneTree(tree: GrownTree, alpha: number): void {
  if (alpha === 0) return
  const { features, lefts, rights, nodeCount } = tree
  const isPruned = findPruned(tree, alpha)
  const isReached = new Uint8Array(nodeCount)
  isReached[0] = 1
  // From the root down: of pruned nodes one below the other, the highest takes all, while those below are still splits.
  for (let node = 0; node < nodeCount; node++) {
    if (isReached[node] === 0 || features[node] === LEAF) continue
    if (isPruned[node] === 1) {
      tree.joinLeaves(node, leavesBelow(tree, node))
      features[node] = LEAF
    } else {
      isReached[lefts[node]!] = 1
      isReached[rights[node]!] = 1
    }
  }
}

/** 1 for each split that costs no less than it would as a leaf. */
function findPruned({ features, lefts, rights, weights, impurities, nodeCount }: GrownTree, alpha: number): Uint8Array {
  const costs = new Float64Array(nodeCount)
  const isPruned = new Uint8Array(nodeCount)
  for (let node = nodeCount - 1; node >= 0; node--) {
    const asLeaf = (weights[node]! * impurities[node]!) / weights[0]! + alpha
    if (features[node] === LEAF) {
      costs[node] = asLeaf
      continue
    }
    const asSplit = costs[lefts[node]!]! + costs[rights[node]!]!
    // A node without a gain must go even when rounding makes its split look better by a hair.
    isPruned[node] = Number(asLeaf <= asSplit + 1e-14 * Math.abs(asSplit))
    costs[node] = Math.min(asLeaf, asSplit)
  }
  return isPruned
}

function leavesBelow({ features, lefts, rights }: GrownTree, top: number): number[] {
  const leaves: number[] = []
  const stack = [top]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (features[node] === LEAF) leaves.push(node)
    else stack.push(rights[node]!, lefts[node]!)
  }
  return leaves
}
