// One tree on its way from the thread that grew it, in the layout of CompactForest.
import { type GrownTree, LEAF, setWordCount } from './grown-tree.ts'
import { type LeafCovers, packCovers } from './leaf-covers.ts'

/** As CompactForest, in the smallest types that hold this tree's numbers. */
export interface CompactTree {
  readonly features: Uint8Array | Uint16Array
  readonly thresholds: Float32Array | Float64Array
  /** A byte per split. */
  readonly missingLeft: Uint8Array
  readonly categorySets: readonly number[]
  readonly leafClasses: Uint8Array | Uint16Array
  readonly mixedSizes: Uint8Array | Uint16Array
  readonly mixedClasses: Uint8Array | Uint16Array
  readonly mixedWeights: Uint8Array | Uint16Array | Uint32Array | Float64Array
  readonly leafValues: Float32Array | Float64Array
  readonly covers: LeafCovers
  readonly importances: Float64Array
}

/** The type of indices up to `max`. */
export function smallestFor(max: number): Uint8ArrayConstructor | Uint16ArrayConstructor {
  return max <= 255 ? Uint8Array : Uint16Array
}

/**
 * Copies what can be reached from the root, in pre-order. O(nodes). valueScale: that of the targets.
 * isPreOrder: the nodes stand so already, and all can be reached.
 */
export function compactTree(
  tree: GrownTree,
  isPreOrder: boolean,
  importances: Float64Array,
  categoryCounts: Int32Array,
  classCount: number,
  valueScale: number,
): CompactTree {
  const order = isPreOrder ? allNodes(tree) : preOrder(tree)
  const { features, splits, leaves, numeric } = sortOut(tree, order, categoryCounts.length)
  const missingLeft = new Uint8Array(splits.length)
  for (let i = 0; i < splits.length; i++) missingLeft[i] = tree.missingLeft[splits[i]!]!
  return {
    features,
    thresholds: pickReals(tree.thresholds, numeric, 1),
    missingLeft,
    categorySets: copySets(tree, splits, categoryCounts),
    leafValues: pickReals(tree.values, classCount === 0 ? leaves : leaves.subarray(0, 0), valueScale),
    ...compactClasses(tree, classCount === 0 ? leaves.subarray(0, 0) : leaves, classCount),
    covers: packCovers(coversOf(tree, leaves, classCount)),
    importances,
  }
}

/** The columns of the nodes, and which of them are splits, splits on numbers, and leaves. */
function sortOut(tree: GrownTree, order: Int32Array, columnCount: number) {
  const features = new (smallestFor(columnCount))(order.length)
  const splits = new Int32Array(order.length)
  const numeric = new Int32Array(order.length)
  const leaves = new Int32Array(order.length)
  let splitCount = 0
  let numericCount = 0
  let leafCount = 0
  for (let i = 0; i < order.length; i++) {
    const node = order[i]!
    const feature = tree.features[node]!
    if (feature === LEAF) {
      features[i] = columnCount
      leaves[leafCount++] = node
    } else {
      features[i] = feature
      splits[splitCount++] = node
      if (tree.setStarts[node]! < 0) numeric[numericCount++] = node
    }
  }
  return {
    features,
    splits: splits.subarray(0, splitCount),
    numeric: numeric.subarray(0, numericCount),
    leaves: leaves.subarray(0, leafCount),
  }
}

/** values[nodes] times a power of two, as float32 where that says the same. */
function pickReals(values: Float64Array, nodes: Int32Array, scale: number): Float32Array | Float64Array {
  const exact = new Float64Array(nodes.length)
  const rounded = new Float32Array(nodes.length)
  let isSame = true
  for (let i = 0; i < nodes.length; i++) {
    const value = values[nodes[i]!]! * scale
    exact[i] = value
    rounded[i] = value
    isSame &&= rounded[i] === value
  }
  return isSame ? rounded : exact
}

function compactClasses(tree: GrownTree, leaves: Int32Array, classCount: number) {
  const { leafStarts, leafSizes } = tree
  const Classes = smallestFor(classCount)
  const leafClasses = new Classes(leaves.length)
  let mixedCount = 0
  let length = 0
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!
    const size = leafSizes[leaf]!
    leafClasses[i] = size === 1 ? tree.leafClasses[leafStarts[leaf]!]! : classCount
    if (size > 1) {
      mixedCount++
      length += size
    }
  }
  const mixedSizes = new Classes(mixedCount)
  const mixedClasses = new Classes(length)
  const mixedWeights = new Float64Array(length)
  let mixed = 0
  let at = 0
  for (let i = 0; i < leaves.length; i++) {
    const start = leafStarts[leaves[i]!]!
    const size = leafSizes[leaves[i]!]!
    if (size === 1) continue
    mixedSizes[mixed++] = size
    for (let j = start; j < start + size; j++) {
      mixedClasses[at] = tree.leafClasses[j]!
      mixedWeights[at++] = tree.leafWeights[j]!
    }
  }
  return { leafClasses, mixedSizes, mixedClasses, mixedWeights: smallestWeights(mixedWeights) }
}

/** The weights of the rows of leaves; those of several classes tell theirs by their classes. */
function coversOf({ weights, leafSizes }: GrownTree, leaves: Int32Array, classCount: number): Float64Array {
  const covers = new Float64Array(leaves.length)
  let count = 0
  for (let i = 0; i < leaves.length; i++) {
    const leaf = leaves[i]!
    if (classCount === 0 || leafSizes[leaf] === 1) covers[count++] = weights[leaf]!
  }
  return covers.subarray(0, count)
}

function smallestWeights(weights: Float64Array): CompactTree['mixedWeights'] {
  let max = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (!Number.isInteger(weight) || weight > 0xffffffff) return weights
    if (weight > max) max = weight
  }
  return max <= 255 ? Uint8Array.from(weights) : max <= 65_535 ? Uint16Array.from(weights) : Uint32Array.from(weights)
}

function allNodes({ nodeCount }: GrownTree): Int32Array {
  const order = new Int32Array(nodeCount)
  for (let i = 0; i < nodeCount; i++) order[i] = i
  return order
}

function preOrder(tree: GrownTree): Int32Array {
  const order = new Int32Array(tree.nodeCount)
  let count = 0
  const stack = [0]
  while (stack.length > 0) {
    const node = stack.pop()!
    order[count++] = node
    if (tree.features[node] !== LEAF) stack.push(tree.rights[node]!, tree.lefts[node]!)
  }
  return order.subarray(0, count)
}

function copySets(tree: GrownTree, splits: Int32Array, categoryCounts: Int32Array): number[] {
  const words: number[] = []
  if (tree.categorySets.length === 0) return words
  for (const node of splits) {
    const start = tree.setStarts[node]!
    if (start < 0) continue
    const length = setWordCount(categoryCounts[tree.features[node]!]!)
    for (let i = start; i < start + length; i++) words.push(tree.categorySets[i]!)
  }
  return words
}
