// One tree of a model.txt, checked: its splits, its leaves, its sets of categories, its linear leaves.

import type { ReadTree } from '../../../learning/imported-trees/forest-writer.ts'
import { VIEW } from '../../../learning/imported-trees/imported-scores.ts'
import type { ModelFileFaults } from '../../model-file-error.ts'
import { faultOfShape } from '../tree-shape.ts'
import type { Members } from './model-text.ts'
import { ListReader } from './number-list.ts'

const LEAVES_MAX = 2 ** 31 - 1
const WORD_MAX = 2 ** 32 - 1
/** Bits of decision_type. */
const IS_CATEGORICAL = 1
const DEFAULT_LEFT = 2
const MISSING_ZERO = 1
const MISSING_NAN = 2

export interface LightGbmTree extends ReadTree {
  readonly isLinear: boolean
  /** Features that a split asks for their category. */
  readonly categorical: readonly number[]
}

/** Undefined where something is wrong, which is told. O(characters). */
export function readTree(
  members: Members,
  index: number,
  featureCount: number,
  faults: ModelFileFaults,
): LightGbmTree | undefined {
  const lists = new ListReader(members, `tree ${index}`, faults)
  const leafCount = lists.integers('num_leaves', 1, 1, LEAVES_MAX)[0] as number
  const isLinear = members.get('is_linear') === '1'
  const values = lists.finite('leaf_value', leafCount)
  if (!lists.isWell) return undefined
  const splitCount = leafCount - 1
  const features = lists.integers('split_feature', splitCount, 0, featureCount - 1)
  const thresholds = lists.numbers('threshold', splitCount)
  const types = lists.integers('decision_type', splitCount, 0, 15)
  const left = lists.integers('left_child', splitCount, -leafCount, splitCount - 1)
  const right = lists.integers('right_child', splitCount, -leafCount, splitCount - 1)
  const sets = readSets(members, lists)
  // Only explanations need them.
  const covers = members.has('leaf_count') ? lists.integers('leaf_count', leafCount, 0, LEAVES_MAX) : undefined
  const lines = isLinear ? readLines(leafCount, featureCount, lists) : undefined
  if (!lists.isWell) return undefined
  const shape = faultOfShape(splitCount, leafCount, (s) => [left[s] as number, right[s] as number], true)
  if (shape !== undefined) lists.fault(shape)
  const categorical: number[] = []
  types.forEach((type, s) => {
    if (type >> 2 > MISSING_NAN) lists.fault(`decision_type: split ${s} has an unknown kind of missing values`)
    if ((type & IS_CATEGORICAL) === 0) return
    categorical.push(features[s] as number)
    if (sets[thresholds[s] as number] === undefined) lists.fault(`threshold: split ${s} names no set of categories`)
  })
  if (!lists.isWell) return undefined
  return {
    isLinear,
    categorical,
    root: splitCount === 0 ? ~0 : 0,
    splitCount,
    split: (s) => {
      const source = features[s] as number
      const threshold = thresholds[s] as number
      const type = types[s] as number
      const children = { left: left[s] as number, right: right[s] as number }
      if ((type & IS_CATEGORICAL) !== 0) {
        // What is no category, or missing, goes right, whatever the type of missing values says.
        const set = sets[threshold] as Uint32Array
        return { source, view: VIEW.category31, threshold: 0, missingLeft: false, set, ...children }
      }
      const missing = type >> 2
      const isDefaultLeft = (type & DEFAULT_LEFT) !== 0
      const view = missing === MISSING_ZERO ? VIEW.zeroMissing : VIEW.double
      // Without a type of missing values NaN is 0.
      const missingLeft = missing === MISSING_ZERO || missing === MISSING_NAN ? isDefaultLeft : threshold >= 0
      return { source, view, threshold, missingLeft, set: null, ...children }
    },
    leaf: (l) => {
      const leaf = { name: l, value: values[l] as number, cover: covers?.[l] }
      return lines === undefined ? leaf : { ...leaf, line: lines(l) }
    },
  }
}

/** cat_boundaries and cat_threshold: where the words of each set begin, and the words. */
function readSets(members: Members, lists: ListReader): Uint32Array[] {
  const count = Number(members.get('num_cat') ?? 0)
  if (!(Number.isInteger(count) && count >= 0 && count <= LEAVES_MAX)) {
    lists.fault('num_cat: expected a count')
    return []
  }
  if (count === 0) return []
  const starts = lists.integers('cat_boundaries', count + 1, 0, LEAVES_MAX)
  const words = lists.integers('cat_threshold', starts.at(-1) ?? 0, 0, WORD_MAX)
  if (!lists.isWell) return []
  const sets: Uint32Array[] = []
  for (let i = 0; i < count; i++) {
    const [from, to] = [starts[i] as number, starts[i + 1] as number]
    if (i === 0 && from !== 0) lists.fault('cat_boundaries: expected 0 first')
    if (to < from) {
      lists.fault('cat_boundaries: expected ascending numbers')
      return []
    }
    sets.push(Uint32Array.from(words.slice(from, to)))
  }
  return sets
}

type LineOf = (leaf: number) => { constant: number; features: readonly number[]; coefficients: readonly number[] }

function readLines(leafCount: number, featureCount: number, lists: ListReader): LineOf {
  const constants = lists.finite('leaf_const', leafCount)
  const counts = lists.integers('num_features', leafCount, 0, featureCount)
  const starts = [0]
  for (const count of counts) starts.push((starts.at(-1) as number) + count)
  const total = starts.at(-1) as number
  const features = lists.integers('leaf_features', total, 0, featureCount - 1)
  const coefficients = lists.finite('leaf_coeff', total)
  return (leaf) => {
    const [from, to] = [starts[leaf] as number, starts[leaf + 1] as number]
    return {
      constant: constants[leaf] as number,
      features: features.slice(from, to),
      coefficients: coefficients.slice(from, to),
    }
  }
}
