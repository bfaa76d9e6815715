// A node of a tree that is growing.
import type { SearchRules } from './column-search.ts'
import type { GrownSplit } from './grown-tree.ts'
import type { Histogram } from './histogram.ts'
import { type NodeSums, nodeValue, SplitCandidate } from './split-candidate.ts'

/** A node that may still be split. */
export interface OpenNode extends NodeSums {
  readonly depth: number
  readonly start: number
  readonly end: number
  /** undefined where the pool had none to give: then it is built again when the node is split. */
  histogram: Histogram | undefined
  readonly split: SplitCandidate
  /** Where the node hangs: the index of its parent's split and the side; −1 for the root. */
  readonly parent: number
  readonly isLeft: boolean
}

/** Both children of a node by its split, which is split `parent` of the tree. */
export function childrenOf(
  node: OpenNode,
  parent: number,
  { l2, monotonic }: SearchRules,
): [left: OpenNode, right: OpenNode] {
  const { column, leftGradient, leftHessian, leftCount } = node.split
  const { lower, upper } = node
  const rightGradient = node.gradient - leftGradient
  const rightHessian = node.hessian - leftHessian
  const leftValue = nodeValue(leftGradient, leftHessian, l2, lower, upper)
  const rightValue = nodeValue(rightGradient, rightHessian, l2, lower, upper)
  // A constraint on this column keeps all below the left child on one side of the middle, all below the right on the other.
  const direction = monotonic[column] as number
  const middle = (leftValue + rightValue) / 2
  const middleNode = node.start + leftCount
  const left: OpenNode = {
    ...{ count: leftCount, gradient: leftGradient, hessian: leftHessian, value: leftValue },
    ...{ lower: direction < 0 ? middle : lower, upper: direction > 0 ? middle : upper },
    ...{ depth: node.depth + 1, start: node.start, end: middleNode },
    ...{ histogram: undefined, split: new SplitCandidate(), parent, isLeft: true },
  }
  const right: OpenNode = {
    ...{ count: node.count - leftCount, gradient: rightGradient, hessian: rightHessian, value: rightValue },
    ...{ lower: direction > 0 ? middle : lower, upper: direction < 0 ? middle : upper },
    ...{ depth: node.depth + 1, start: middleNode, end: node.end },
    ...{ histogram: undefined, split: new SplitCandidate(), parent, isLeft: false },
  }
  return [left, right]
}

/** Puts a child (a split's index, or ~ a leaf's) where its parent looks for it. */
export function hang(splits: readonly GrownSplit[], { parent, isLeft }: OpenNode, child: number): void {
  const above = splits[parent]
  if (above === undefined) return
  if (isLeft) above.left = child
  else above.right = child
}
