// The layout for keeping: a forest as a few short arrays, and its state.
import { StateError } from '../errors.ts'
import type { EstimatorState, StateValue } from '../estimator.ts'
import { type CompactTree, smallestFor } from './compact-tree.ts'
import { joinCovers, type LeafCovers } from './leaf-covers.ts'

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
 * covers         the weight of the training rows of each leaf, in classification of those with one class; undefined in
 *                what was written before they were kept
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
  readonly covers?: LeafCovers | undefined
}

/** Joins trees. The features' and classes' types go by the counts, the others by what the trees have. O(nodes). */
export function joinTrees(
  trees: readonly CompactTree[],
  categoryCounts: Int32Array,
  classCount: number,
): CompactForest {
  const columnCount = categoryCounts.length
  const [Features, Classes] = [smallestFor(columnCount), smallestFor(classCount)]
  const sets = trees.flatMap((tree) => tree.categorySets)
  return {
    treeCount: trees.length,
    columnCount,
    categoryCounts,
    classCount,
    features: join(trees, 'features', [Features]),
    thresholds: join(trees, 'thresholds', [Float32Array, Float64Array]),
    missingLeft: packBits(trees.map((tree) => tree.missingLeft)),
    categorySets: Uint32Array.from(sets),
    leafClasses: join(trees, 'leafClasses', [Classes]),
    mixedSizes: join(trees, 'mixedSizes', [Classes]),
    mixedClasses: join(trees, 'mixedClasses', [Classes]),
    mixedWeights: join(trees, 'mixedWeights', [Uint8Array, Uint16Array, Uint32Array, Float64Array]),
    leafValues: join(trees, 'leafValues', [Float32Array, Float64Array]),
    covers: joinCovers(trees.map((tree) => tree.covers)),
  }
}

type NumbersType =
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor

/** The arrays of all trees one after another, in the first of the types that is as wide as that of each tree. */
function join<Type extends NumbersType>(
  trees: readonly CompactTree[],
  name: 'features' | 'thresholds' | 'leafClasses' | 'mixedSizes' | 'mixedClasses' | 'mixedWeights' | 'leafValues',
  types: readonly Type[],
): InstanceType<Type> {
  let length = 0
  let width = 0
  for (const tree of trees) {
    length += tree[name].length
    if (tree[name].length > 0) width = Math.max(width, tree[name].BYTES_PER_ELEMENT)
  }
  const Type = types.find((type) => type.BYTES_PER_ELEMENT >= width) ?? types.at(-1)!
  const joined = new Type(length)
  let at = 0
  for (const tree of trees) {
    joined.set(tree[name], at)
    at += tree[name].length
  }
  return joined as InstanceType<Type>
}

function packBits(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const bits of parts) length += bits.length
  const packed = new Uint8Array((length + 7) >>> 3)
  let at = 0
  for (const bits of parts) {
    for (let i = 0; i < bits.length; i++, at++) packed[at >>> 3]! |= bits[i]! << (at & 7)
  }
  return packed
}

export function toState({ covers, ...forest }: CompactForest): EstimatorState {
  const { categoryCounts } = forest
  const state = { ...forest, categoryCounts: categoryCounts.some((count) => count > 0) ? categoryCounts : null }
  return covers === undefined ? state : { ...state, leafCovers: covers.bytes, wideCovers: covers.wide }
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
    covers: state['leafCovers'] === undefined ? undefined : readCovers(state),
  }
}

function readCovers(state: EstimatorState): LeafCovers {
  return { bytes: read(state, 'leafCovers', Uint8Array), wide: read(state, 'wideCovers', Float32Array, Float64Array) }
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
