// The trees of a forest as shap takes them: arrays of children, columns, thresholds, values and weights.
import { StateError } from '../../src/learning/errors.ts'
import type { FittedClassifier } from '../../src/learning/estimator.ts'
import { fromState } from '../../src/learning/trees/compact-forest.ts'
import { unpackCovers } from '../../src/learning/trees/leaf-covers.ts'

export interface ShapTree {
  readonly left: number[]
  readonly right: number[]
  readonly features: number[]
  readonly thresholds: number[]
  /** The probability of the second class. */
  readonly values: number[]
  readonly weights: number[]
}

/** Of a forest of two classes on numbers without missing values. */
export function shapTrees(fitted: FittedClassifier): ShapTree[] {
  const forest = fromState(fitted.toState())
  const covers = forest.covers && unpackCovers(forest.covers)
  if (covers === undefined) throw new StateError('the forest was kept without the rows of its leaves')
  let [node, numeric, leaf, cover, mixed, at] = [0, 0, 0, 0, 0, 0]
  return Array.from({ length: forest.treeCount }, () => {
    const tree: ShapTree = { left: [], right: [], features: [], thresholds: [], values: [], weights: [] }
    read(tree)
    return tree
  })

  /** Adds the next node and all below it. */
  function read(tree: ShapTree): number {
    const own = tree.features.length
    const column = forest.features[node++] as number
    const isLeaf = column === forest.columnCount
    tree.features.push(isLeaf ? -2 : column)
    tree.thresholds.push(isLeaf ? -2 : (forest.thresholds[numeric++] as number))
    tree.left.push(-1)
    tree.right.push(-1)
    tree.values.push(0)
    tree.weights.push(0)
    if (isLeaf) {
      const { weight, value } = leafOf()
      tree.weights[own] = weight
      tree.values[own] = value
    } else {
      const [left, right] = [read(tree), read(tree)]
      tree.left[own] = left
      tree.right[own] = right
      tree.weights[own] = (tree.weights[left] as number) + (tree.weights[right] as number)
    }
    return own
  }

  function leafOf(): { weight: number; value: number } {
    const code = forest.leafClasses[leaf++] as number
    if (code < 2) return { weight: (covers as Float64Array)[cover++] as number, value: code }
    let [weight, ofSecond] = [0, 0]
    for (const end = at + (forest.mixedSizes[mixed++] as number); at < end; at++) {
      weight += forest.mixedWeights[at] as number
      if (forest.mixedClasses[at] === 1) ofSecond = forest.mixedWeights[at] as number
    }
    return { weight, value: ofSecond / weight }
  }
}
