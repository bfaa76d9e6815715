// The layout for keeping: a forest as a few short arrays, and its state.
import { StateError } from '../errors.ts'
import type { EstimatorState, StateValue } from '../estimator.ts'
import { type GrownTree, LEAF, setWordCount } from './grown-tree.ts'

/**
 * One tree after another, each in pre-order, which needs no links: the left child follows its split, the right child
 * follows the whole left subtree. Splits and leaves are numbered in that order.
 *
 * features       per node, its column, or columnCount for a leaf
 * thresholds     per split on numbers; values up to it go left
 * missingLeft    a bit per split: where a missing value goes
 * categorySets   per split on categories, setWordCount words: the bits of the categories that go left
 * leaves         classification: per leaf its class, or classCount where it holds several; those then have a size and,
 *                one after another, classes with weights. Regression: per leaf its value.
 */
export interface CompactForest {
  readonly treeCount: number
  readonly columnCount: number
  readonly categoryCounts: Int32Array
  /** 0 for regression. */
  readonly classCount: number
  readonly features: Uint8Array | Uint16Array
  readonly thresholds: Float32Array | Float64Array
  readonly missingLeft: Uint8Array
  readonly categorySets: Uint32Array
  readonly leafClasses: Uint8Array | Uint16Array
  readonly mixedSizes: Uint8Array | Uint16Array
  readonly mixedClasses: Uint8Array | Uint16Array
  readonly mixedWeights: Uint8Array | Uint16Array | Uint32Array | Float64Array
  readonly leafValues: Float32Array | Float64Array
}

/** One tree on its way from the thread that grew it. */
export interface CompactTree {
  readonly features: Uint16Array
  readonly thresholds: Float64Array
  /** A byte per split. */
  readonly missingLeft: Uint8Array
  readonly categorySets: readonly number[]
  readonly leafClasses: Uint16Array
  readonly mixedSizes: Uint16Array
  readonly mixedClasses: Uint16Array
  readonly mixedWeights: Float64Array
  readonly leafValues: Float64Array
  readonly importances: Float64Array
}

/** Copies what can be reached from the root, in pre-order. O(nodes). valueScale: that of the targets. */
export function compactTree(
  tree: GrownTree,
  importances: Float64Array,
  categoryCounts: Int32Array,
  classCount: number,
  valueScale: number,
): CompactTree {
  const order = preOrder(tree)
  const columnCount = categoryCounts.length
  const { features, splits, leaves, numeric } = sortOut(tree, order, columnCount)
  return {
    features,
    thresholds: pick(tree.thresholds, numeric, new Float64Array(numeric.length)),
    missingLeft: pick(tree.missingLeft, splits, new Uint8Array(splits.length)),
    categorySets: copySets(tree, splits, categoryCounts),
    ...compactLeaves(tree, leaves, classCount, valueScale),
    importances,
  }
}

/** The columns of the nodes, and which of them are splits, splits on numbers, and leaves. */
function sortOut(tree: GrownTree, order: Int32Array, columnCount: number) {
  const features = new Uint16Array(order.length)
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

function pick<T extends Uint8Array | Float64Array>(values: T, nodes: Int32Array, picked: T): T {
  for (let i = 0; i < nodes.length; i++) picked[i] = values[nodes[i]!]!
  return picked
}

function compactLeaves(tree: GrownTree, leaves: Int32Array, classCount: number, valueScale: number) {
  const { leafStarts, leafSizes } = tree
  const isRegression = classCount === 0
  const leafValues = new Float64Array(isRegression ? leaves.length : 0)
  const leafClasses = new Uint16Array(isRegression ? 0 : leaves.length)
  if (isRegression) for (let i = 0; i < leaves.length; i++) leafValues[i] = tree.values[leaves[i]!]! * valueScale
  else {
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i]!
      leafClasses[i] = leafSizes[leaf] === 1 ? tree.leafClasses[leafStarts[leaf]!]! : classCount
    }
  }
  const mixed = isRegression ? new Int32Array(0) : leaves.filter((leaf) => leafSizes[leaf]! > 1)
  const mixedSizes = Uint16Array.from(mixed, (leaf) => leafSizes[leaf]!)
  let length = 0
  for (const size of mixedSizes) length += size
  const mixedClasses = new Uint16Array(length)
  const mixedWeights = new Float64Array(length)
  let at = 0
  for (const leaf of mixed) {
    for (let i = leafStarts[leaf]!; i < leafStarts[leaf]! + leafSizes[leaf]!; i++) {
      mixedClasses[at] = tree.leafClasses[i]!
      mixedWeights[at++] = tree.leafWeights[i]!
    }
  }
  return { leafClasses, leafValues, mixedSizes, mixedClasses, mixedWeights }
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
  for (const node of splits) {
    const start = tree.setStarts[node]!
    if (start < 0) continue
    const length = setWordCount(categoryCounts[tree.features[node]!]!)
    for (let i = start; i < start + length; i++) words.push(tree.categorySets[i]!)
  }
  return words
}

/** Joins trees, in the smallest types that hold their numbers. O(nodes). */
export function joinTrees(
  trees: readonly CompactTree[],
  categoryCounts: Int32Array,
  classCount: number,
): CompactForest {
  const join = (part: (tree: CompactTree) => ArrayLike<number>) => concat(trees.map(part))
  return {
    treeCount: trees.length,
    columnCount: categoryCounts.length,
    categoryCounts,
    classCount,
    features: smallestIndices(
      join((tree) => tree.features),
      categoryCounts.length,
    ),
    thresholds: smallestReals(join((tree) => tree.thresholds)),
    missingLeft: packBits(join((tree) => tree.missingLeft)),
    categorySets: Uint32Array.from(join((tree) => tree.categorySets)),
    leafClasses: smallestIndices(
      join((tree) => tree.leafClasses),
      classCount,
    ),
    mixedSizes: smallestIndices(
      join((tree) => tree.mixedSizes),
      classCount,
    ),
    mixedClasses: smallestIndices(
      join((tree) => tree.mixedClasses),
      classCount,
    ),
    mixedWeights: smallestWeights(join((tree) => tree.mixedWeights)),
    leafValues: smallestReals(join((tree) => tree.leafValues)),
  }
}

function concat(parts: readonly ArrayLike<number>[]): Float64Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Float64Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

function smallestIndices(values: Float64Array, max: number): Uint8Array | Uint16Array {
  return max <= 255 ? Uint8Array.from(values) : Uint16Array.from(values)
}

function smallestReals(values: Float64Array): Float32Array | Float64Array {
  return values.every((value) => Math.fround(value) === value) ? Float32Array.from(values) : values
}

function smallestWeights(values: Float64Array): Uint8Array | Uint16Array | Uint32Array | Float64Array {
  let max = 0
  for (const value of values) {
    if (!Number.isInteger(value) || value > 0xffffffff) return values
    max = Math.max(max, value)
  }
  return max <= 255 ? Uint8Array.from(values) : max <= 65_535 ? Uint16Array.from(values) : Uint32Array.from(values)
}

function packBits(bits: Float64Array): Uint8Array {
  const packed = new Uint8Array((bits.length + 7) >>> 3)
  for (let i = 0; i < bits.length; i++) packed[i >>> 3]! |= bits[i]! << (i & 7)
  return packed
}

export function toState(forest: CompactForest): EstimatorState {
  const { categoryCounts } = forest
  return { ...forest, categoryCounts: categoryCounts.some((count) => count > 0) ? categoryCounts : null }
}

/** The arrays of a state, with their types checked; what they say is checked by the one who walks them. */
export function fromState(state: EstimatorState): CompactForest {
  const indices = [Uint8Array, Uint16Array] as const
  const reals = [Float32Array, Float64Array] as const
  const columnCount = readCount(state, 'columnCount', 65_535)
  return {
    treeCount: readCount(state, 'treeCount', 2 ** 31),
    columnCount,
    categoryCounts:
      state['categoryCounts'] === null ? new Int32Array(columnCount) : read(state, 'categoryCounts', Int32Array),
    classCount: readCount(state, 'classCount', 65_535),
    features: read(state, 'features', ...indices),
    thresholds: read(state, 'thresholds', ...reals),
    missingLeft: read(state, 'missingLeft', Uint8Array),
    categorySets: read(state, 'categorySets', Uint32Array),
    leafClasses: read(state, 'leafClasses', ...indices),
    mixedSizes: read(state, 'mixedSizes', ...indices),
    mixedClasses: read(state, 'mixedClasses', ...indices),
    mixedWeights: read(state, 'mixedWeights', ...indices, Uint32Array, Float64Array),
    leafValues: read(state, 'leafValues', ...reals),
  }
}

function readCount(state: EstimatorState, name: string, max: number): number {
  const value = state[name]
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new StateError(`${name} of a forest must be an integer from 0 to ${max}`)
  }
  return value
}

type ArrayType = abstract new (...args: never[]) => StateValue & object

function read<const Types extends readonly ArrayType[]>(
  state: EstimatorState,
  name: string,
  ...types: Types
): InstanceType<Types[number]> {
  const value = state[name]
  for (const type of types) if (value instanceof type) return value as InstanceType<Types[number]>
  throw new StateError(`${name} of a forest must be one of ${types.map((type) => type.name).join(', ')}`)
}
