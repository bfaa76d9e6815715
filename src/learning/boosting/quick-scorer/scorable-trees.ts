// Trees as lists of comparisons: what a QuickScorer goes through.
import { inSharedMemory, int32InSharedMemory, sharedInt32 } from '../../parallel/shared-arrays.ts'
import { compile } from '../../wasm/web-assembly.ts'
import type { WalkableTrees } from '../tree-walker.ts'
import { TREE_BYTES } from '../walk-module.ts'
import { LEAVES_TOGETHER } from './add-trees.ts'
import { ColumnThresholds, PLACES, type Searches } from './column-thresholds.ts'
import { assembleScore } from './score-module.ts'
import { LEAVES_MAX, type SplitSpans, splitSpans } from './split-spans.ts'

export const GROUP_WORDS = 4
export const COMPARISON_WORDS = 3

/**
 * Plain data that threads share.
 *
 * groups       four per eight leaves of a tree, or what is left of them: where their comparisons end; 1 + the place of the
 *              tree's first value, or 0 where more of the tree follows; the tree's output; the first leaf
 * comparisons  three per split and group with leaves on its left: 2 · its search, plus 1 where missing values go right; the
 *              rank of its threshold; bits of these leaves
 * values       per leaf, those of a tree from left to right
 */
export interface ScorableTrees extends Searches {
  readonly groups: Int32Array
  readonly comparisons: Int32Array
  readonly values: Float64Array
  readonly module: object
}

/** Null where a split is by categories, or a tree is too large to gain. O(splits log splits); some 25 bytes a node. */
export function scorableTrees(walkable: WalkableTrees): ScorableTrees | null {
  const spans = splitSpans(walkable)
  if (spans === null) return null
  const columns = new ColumnThresholds(spans.columns, spans.thresholds, walkable.columnCount)
  const comparisons = sharedInt32(COMPARISON_WORDS * countComparisons(spans))
  const groups: number[] = []
  /** Per group of a tree: first how many comparisons it has, then where the next one goes. */
  const next = new Int32Array(groupOf(LEAVES_MAX - 1) + 1)
  let [from, end, leaf] = [0, 0, 0]
  spans.splitCounts.forEach((splitCount, t) => {
    const to = from + splitCount
    countInGroups(spans, from, to, next)
    const output = (walkable.trees[(TREE_BYTES / 4) * t + 3] as number) / 8
    const last = groupOf(splitCount)
    for (let g = 0; g <= last; g++) {
      const start = end
      end += next[g] as number
      next[g] = start
      groups.push(end, g === last ? 1 + leaf : 0, output, LEAVES_TOGETHER * g)
    }
    putInGroups(spans, from, to, { columns, next, comparisons })
    from = to
    leaf += splitCount + 1
  })
  const { values } = spans
  return {
    searches: int32InSharedMemory(columns.searches),
    thresholds: inSharedMemory(columns.thresholds),
    groups: int32InSharedMemory(Int32Array.from(groups)),
    comparisons,
    values,
    module: compile(assembleScore(walkable.isFloat32)),
  }
}

function groupOf(leaf: number): number {
  return Math.floor(leaf / LEAVES_TOGETHER)
}

function countComparisons({ firsts, lasts }: SplitSpans): number {
  let count = 0
  for (let s = 0; s < firsts.length; s++) count += groupOf(lasts[s] as number) - groupOf(firsts[s] as number) + 1
  return count
}

function countInGroups({ firsts, lasts }: SplitSpans, from: number, to: number, counts: Int32Array): void {
  counts.fill(0)
  for (let s = from; s < to; s++) {
    for (let g = groupOf(firsts[s] as number); g <= groupOf(lasts[s] as number); g++) {
      counts[g] = (counts[g] as number) + 1
    }
  }
}

interface Put {
  readonly columns: ColumnThresholds
  readonly next: Int32Array
  readonly comparisons: Int32Array
}

function putInGroups(spans: SplitSpans, from: number, to: number, { columns, next, comparisons }: Put): void {
  for (let s = from; s < to; s++) {
    const place = columns.find(spans.columns[s] as number, spans.thresholds[s] as number)
    const ranks = 2 * Math.floor(place / PLACES) + (spans.missingRight[s] as number)
    const [first, last] = [spans.firsts[s] as number, spans.lasts[s] as number]
    for (let g = groupOf(first); g <= groupOf(last); g++) {
      const at = COMPARISON_WORDS * (next[g] as number)
      next[g] = (next[g] as number) + 1
      comparisons[at] = ranks
      comparisons[at + 1] = place % PLACES
      comparisons[at + 2] = bitsFrom(first - LEAVES_TOGETHER * g, last - LEAVES_TOGETHER * g)
    }
  }
}

/** Bits from `first` to `last`, as far as they are among the lowest eight. */
function bitsFrom(first: number, last: number): number {
  return (2 << Math.min(last, LEAVES_TOGETHER - 1)) - (1 << Math.max(first, 0))
}
