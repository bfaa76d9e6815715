// One tree of XGBoost's JSON, checked: its nodes, its categories, its leaves of one or of several values.
import type { ReadTree } from '../../../learning/imported-trees/forest-writer.ts'
import { VIEW } from '../../../learning/imported-trees/imported-scores.ts'
import { modelFileFault } from '../../model-file-error.ts'
import { faultOfShape } from '../tree-shape.ts'
import type { Members } from './members.ts'

const NODES_MAX = 2 ** 31 - 1
const CATEGORY_MAX = 2 ** 24 - 1
/** A leaf has no children: XGBoost writes −1. */
const NO_CHILD = -1
/** Words that the sets of a whole model may take: 64 MiB. Few bytes of a file can name categories far apart. */
const SET_WORDS_MAX = 2 ** 24

/** Counted over all trees of a file. */
export interface SetBudget {
  words: number
}
export const newSetBudget = (): SetBudget => ({ words: SET_WORDS_MAX })

export interface XgboostTree {
  /** Features that a split asks for their category. */
  readonly categorical: readonly number[]
  /** Values that a leaf has: 1, or one an output. */
  readonly leafSize: number
  /** The tree whose leaves have the value of one output, multiplied by a weight in float32. */
  ofOutput(output: number, weight: number): ReadTree
}

/** Throws ModelFileError. O(nodes). */
export function readTree(tree: Members, index: number, featureCount: number, budget: SetBudget): XgboostTree {
  const parameters = tree.object('tree_param')
  const count = parameters.whole('num_nodes', 1, NODES_MAX)
  const leafSize = parameters.has('size_leaf_vector')
    ? Math.max(1, parameters.whole('size_leaf_vector', 0, NODES_MAX))
    : 1
  if (tree.has('id') && tree.whole('id', 0, NODES_MAX) !== index) {
    throw modelFileFault(tree.placeOf('id'), `expected ${index}`)
  }
  const left = tree.integers('left_children', count, NO_CHILD, count - 1)
  const right = tree.integers('right_children', count, NO_CHILD, NODES_MAX)
  const features = tree.integers('split_indices', count, 0, NODES_MAX)
  const conditions = tree.floats('split_conditions', count)
  const defaultLeft = tree.integers('default_left', count, 0, 1)
  const sets = readSets(tree, count, budget)
  const isLeaf = (node: number): boolean => left[node] === NO_CHILD
  const shown = (node: number): number => (isLeaf(node) ? ~node : node)
  for (let node = 0; node < count; node++) {
    if (isLeaf(node)) continue
    if ((features[node] as number) >= featureCount) {
      throw modelFileFault(
        tree.placeOf('split_indices'),
        `node ${node} asks for feature ${features[node]} of ${featureCount}`,
      )
    }
    const child = right[node] as number
    if (child === NO_CHILD || child >= count) {
      throw modelFileFault(tree.placeOf('right_children'), `node ${node} leads to ${child} of ${count} nodes`)
    }
  }
  if (!isLeaf(0)) {
    const children = (node: number) => [shown(left[node] as number), shown(right[node] as number)] as const
    // Nodes that were pruned stay in the file.
    const fault = faultOfShape(count, count, children, false)
    if (fault !== undefined) throw modelFileFault(tree.place, fault)
  }
  const covers = readCovers(tree, count)
  const leafValue = leafValues(tree, count, leafSize, conditions, { left, right })
  const categorical = [...sets.keys()].map((node) => features[node] as number)
  return {
    categorical,
    leafSize,
    ofOutput: (output, weight) => ({
      root: shown(0),
      splitCount: count,
      split: (node) => {
        const source = features[node] as number
        const isDefaultLeft = defaultLeft[node] === 1
        const [onLeft, onRight] = [shown(left[node] as number), shown(right[node] as number)]
        const set = sets.get(node)
        if (set !== undefined) {
          // Categories that are listed go right. Here what is in a set goes left: the other way round.
          const swapped = { missingLeft: !isDefaultLeft, set, left: onRight, right: onLeft }
          return { source, view: VIEW.category24, threshold: 0, ...swapped }
        }
        const threshold = lastBelow(conditions[node] as number)
        return {
          source,
          view: VIEW.float32,
          threshold,
          missingLeft: isDefaultLeft,
          set: null,
          left: onLeft,
          right: onRight,
        }
      },
      leaf: (node) => {
        const value = Math.fround(leafValue(node, output) * weight)
        if (!Number.isFinite(value)) throw modelFileFault(tree.place, `leaf ${node} has no finite value`)
        return { name: node, value, cover: covers?.[node] }
      },
    }),
  }
}

/** The largest float32 below the condition: of float32 x, x < condition is x ≤ it. NaN where there is none. O(1). */
export function lastBelow(condition: number): number {
  if (Number.isNaN(condition) || condition === Number.NEGATIVE_INFINITY) return Number.NaN
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  float[0] = condition
  // The bits of float32 ascend away from 0 on either side.
  if (condition === 0) bits[0] = 0x80000001 | 0
  else bits[0] = (bits[0] as number) + (condition > 0 ? -1 : 1)
  return float[0] as number
}

/** By node the sum of the hessians of its training rows, which only explanations need; undefined where it is not told. */
function readCovers(tree: Members, count: number): Float32Array | undefined {
  if (!tree.has('sum_hessian')) return undefined
  const covers = tree.floats('sum_hessian', undefined)
  return covers.length === count && covers.every((cover) => cover >= 0 && cover < Infinity) ? covers : undefined
}

/** By node the categories that it lists. */
function readSets(tree: Members, count: number, budget: SetBudget): Map<number, Uint32Array> {
  const sets = new Map<number, Uint32Array>()
  if (!tree.has('split_type')) return sets
  const types = tree.integers('split_type', count, 0, 1)
  if (!types.includes(1)) return sets
  const categories = tree.integers('categories', undefined, 0, CATEGORY_MAX)
  const nodes = tree.integers('categories_nodes', undefined, 0, count - 1)
  const starts = tree.integers('categories_segments', nodes.length, 0, categories.length)
  const sizes = tree.integers('categories_sizes', nodes.length, 0, categories.length)
  types.forEach((type, node) => {
    if (type === 1) sets.set(node, new Uint32Array(0))
  })
  let listed = 0
  nodes.forEach((node, k) => {
    const own = categories.subarray(starts[k], (starts[k] as number) + (sizes[k] as number))
    listed += sizes[k] as number
    // Segments that overlap could name more than the file has.
    if (own.length !== sizes[k] || listed > categories.length || !sets.has(node)) {
      throw modelFileFault(tree.placeOf('categories_segments'), `the categories of node ${node} are not there`)
    }
    sets.set(node, bitsOf(own, tree, budget))
  })
  return sets
}

function bitsOf(categories: Int32Array, tree: Members, budget: SetBudget): Uint32Array {
  let highest = -1
  for (const category of categories) highest = Math.max(highest, category)
  const wordCount = (highest >> 5) + 1
  budget.words -= wordCount
  if (budget.words < 0) {
    throw modelFileFault(tree.placeOf('categories'), `the sets of categories take more than ${4 * SET_WORDS_MAX} bytes`)
  }
  const bits = new Uint32Array(wordCount)
  for (const category of categories) bits[category >> 5] = (bits[category >> 5] as number) | (1 << (category & 31))
  return bits
}

/** The values of leaves: from 3.1 on in leaf_weights, whose rows right_children names; before in base_weights by node. */
function leafValues(
  tree: Members,
  count: number,
  leafSize: number,
  conditions: Float32Array,
  { left, right }: { readonly left: Int32Array; readonly right: Int32Array },
): (node: number, output: number) => number {
  if (leafSize === 1) return (node) => conditions[node] as number
  if (!tree.has('leaf_weights')) {
    const weights = tree.floats('base_weights', count * leafSize)
    return (node, output) => weights[node * leafSize + output] as number
  }
  // Rows that several leaves shared would make much of a small file.
  const leafCount = right.reduce((sum, _, node) => sum + (left[node] === NO_CHILD ? 1 : 0), 0)
  const weights = tree.floats('leaf_weights', leafCount * leafSize)
  return (node, output) => {
    const value = weights[(right[node] as number) * leafSize + output]
    if (value !== undefined) return value
    throw modelFileFault(tree.placeOf('leaf_weights'), `the values of leaf ${node} are not there`)
  }
}
