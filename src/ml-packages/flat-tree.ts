// A grown tree in flat arrays: how it is walked, and what must hold of arrays that claim to be one.
import { StateError } from '../learning/errors.ts'
import type { EstimatorState } from '../learning/estimator.ts'
import type { RowBlock } from '../learning/matrix.ts'

/** Nodes in the order root, left subtree, right subtree: the left child of node i is node i + 1. */
export interface FlatTree {
  /** Per node the column that it splits, −1 for a leaf. */
  readonly columns: Int32Array
  /** Per node: rows with a smaller value go left. */
  readonly thresholds: Float64Array
  /** Per node its right child; for a leaf its number among the leaves. */
  readonly rights: Int32Array
  /** Leaf l has the classes leafClasses[leafStarts[l] … leafStarts[l + 1]), each with leafRows training rows. */
  readonly leafStarts: Int32Array
  readonly leafClasses: Int32Array
  readonly leafRows: Uint32Array
}

/** Adds to the class shares of each row, row-major rows × classes, those of its leaf. O(rows × depth). */
export function addLeafShares(tree: FlatTree, x: RowBlock, classCount: number, shares: Float64Array): void {
  const { columns, thresholds, rights, leafStarts, leafClasses, leafRows } = tree
  for (let i = 0; i < x.rowCount; i++) {
    let node = 0
    for (let column = columns[0] as number; column >= 0; column = columns[node] as number) {
      const goesLeft = (x.values[i * x.columnCount + column] as number) < (thresholds[node] as number)
      node = goesLeft ? node + 1 : (rights[node] as number)
    }
    const leaf = rights[node] as number
    const start = leafStarts[leaf] as number
    const end = leafStarts[leaf + 1] as number
    let total = 0
    for (let k = start; k < end; k++) total += leafRows[k] as number
    for (let k = start; k < end; k++) {
      const at = i * classCount + (leafClasses[k] as number)
      shares[at] = (shares[at] as number) + (leafRows[k] as number) / total
    }
  }
}

/** The tree that wrote the state. Throws StateError unless every walk ends in a leaf with rows. O(nodes). */
export function treeOf(state: EstimatorState, columnCount: number, classCount: number): FlatTree {
  const { columns, thresholds, rights, leafStarts, leafClasses, leafRows } = state
  if (
    !(columns instanceof Int32Array) ||
    !(thresholds instanceof Float64Array) ||
    !(rights instanceof Int32Array) ||
    !(leafStarts instanceof Int32Array) ||
    !(leafClasses instanceof Int32Array) ||
    !(leafRows instanceof Uint32Array)
  ) {
    throw new StateError('expected the arrays of a tree')
  }
  const tree = { columns, thresholds, rights, leafStarts, leafClasses, leafRows }
  checkNodes(tree, columnCount)
  checkLeaves(tree, classCount)
  return tree
}

function checkNodes({ columns, thresholds, rights, leafStarts }: FlatTree, columnCount: number): void {
  const nodeCount = columns.length
  if (nodeCount === 0 || rights.length !== nodeCount || thresholds.length !== nodeCount) {
    throw new StateError('expected as many columns, thresholds and rights')
  }
  for (let node = 0; node < nodeCount; node++) {
    const column = columns[node] as number
    const right = rights[node] as number
    if (column < -1 || column >= columnCount) throw new StateError(`node ${node} splits column ${column}`)
    // Children stand behind their parent, so that every walk ends.
    const isSound = column < 0 ? right >= 0 && right < leafStarts.length - 1 : right > node + 1 && right < nodeCount
    if (!isSound) throw new StateError(`node ${node} leads to ${right}`)
  }
}

function checkLeaves({ leafStarts, leafClasses, leafRows }: FlatTree, classCount: number): void {
  if (leafStarts[0] !== 0 || leafStarts.at(-1) !== leafClasses.length || leafRows.length !== leafClasses.length) {
    throw new StateError('expected the classes of each leaf')
  }
  if (leafStarts.some((start, leaf) => leaf > 0 && start <= (leafStarts[leaf - 1] as number))) {
    throw new StateError('a leaf has no class')
  }
  if (leafClasses.some((code) => code < 0 || code >= classCount) || leafRows.includes(0)) {
    throw new StateError('a leaf has a class out of range or without rows')
  }
}
