// One thread's sums of trees for many rows: QuickScorer.
import { f64, i32, layout, u8 } from '../../wasm/layout.ts'
import { MemoryPlan } from '../../wasm/memory-plan.ts'
import { instantiate } from '../../wasm/web-assembly.ts'
import type { WalkableTrees } from '../tree-walker.ts'
import { COMPARISON_BYTES, GROUP_BYTES, ROWS_TOGETHER } from './add-trees.ts'
import { SEARCH_WORDS } from './column-thresholds.ts'
import { RANK_OFFSET, SEARCH_BYTES } from './rank-rows.ts'
import { COMPARISON_WORDS, GROUP_WORDS, type ScorableTrees } from './scorable-trees.ts'
import type { ScoreRoutines } from './score-module.ts'

/** Of the rows that go through one tree after another: they stay in the second cache, and their ranks in the first. */
const CHUNK_VALUES = 65_536
const CHUNK_RANKS = 32_768
const CHUNK_ROWS_MAX = 512

type SummedTrees = Pick<WalkableTrees, 'columnCount' | 'outputs' | 'baseline'>

/**
 * Finds the leaf of a row without walking: each comparison of a tree that the row is above strikes out the leaves on its left,
 * and the row is in the first leaf that is left (Lucchese, Nardini, Orlando, Perego, Tonellotto and Venturini 2015). 64
 * rows at a time, eight leaves in a byte (as RapidScorer, Ye, Zhou, Zou, Gao and Zhang 2018), by ranks in place of values.
 * Sums are those of a walk, to the last bit.
 *
 * Memory: a copy of the trees, and a chunk of rows.
 */
export class QuickScorer {
  private readonly summed: SummedTrees
  private readonly rowsMax: number
  private readonly routines: ScoreRoutines
  private readonly views: ReturnType<ReturnType<typeof memoryOf>['views']>

  constructor(summed: SummedTrees, trees: ScorableTrees) {
    const searchCount = trees.searches.length / SEARCH_WORDS
    const wanted = Math.min(CHUNK_ROWS_MAX, CHUNK_VALUES / summed.columnCount, CHUNK_RANKS / (2 * searchCount))
    this.summed = summed
    this.rowsMax = ROWS_TOGETHER * Math.max(1, Math.floor(wanted / ROWS_TOGETHER))
    const plan = new MemoryPlan()
    const arrays = memoryOf(summed, trees, this.rowsMax, plan)
    const memory = plan.allocateOwn('trees are scored')
    this.routines = instantiate(trees.module, { memory }) as ScoreRoutines
    this.views = arrays.views(memory.buffer)
    this.takeSearches(trees)
    this.takeGroups(trees)
    this.views.values.set(trees.values)
    this.views.leaves.fill(255)
  }

  /** Writes the outputs, row-major, of rows [start, end) of row-major values. O(rows × (columns × log thresholds + splits)). */
  write(values: Float64Array, start: number, end: number, raw: Float64Array): void {
    const { columnCount, outputs, baseline } = this.summed
    const { routines, rowsMax, views } = this
    const { searches, groups, comparisons, rows, sums, leaves } = views
    for (let from = start; from < end; from += rowsMax) {
      const count = Math.min(rowsMax, end - from)
      // What fills up the last rows are others of before, whose sums nobody reads.
      const together = ROWS_TOGETHER * Math.ceil(count / ROWS_TOGETHER)
      rows.set(values.subarray(from * columnCount, (from + count) * columnCount))
      for (let k = 0; k < outputs; k++) sums.fill(baseline[k] as number, k * rowsMax, k * rowsMax + count)
      const searchesAt = searches.byteOffset
      routines.rankRows(
        searchesAt,
        searchesAt + searches.byteLength,
        rows.byteOffset,
        together,
        8 * columnCount,
        rowsMax,
      )
      const groupsAt = groups.byteOffset
      routines.addTrees(groupsAt, groupsAt + groups.byteLength, comparisons.byteOffset, together, leaves.byteOffset)
      if (outputs === 1) raw.set(sums.subarray(0, count), from)
      else {
        for (let i = 0; i < count; i++) {
          for (let k = 0; k < outputs; k++) raw[(from + i) * outputs + k] = sums[k * rowsMax + i] as number
        }
      }
    }
  }

  private takeSearches(trees: ScorableTrees): void {
    const { searches, thresholds, ranks } = this.views
    thresholds.fill(Number.POSITIVE_INFINITY)
    let [from, to] = [0, 0]
    for (let s = 0; s < trees.searches.length / SEARCH_WORDS; s++) {
      const column = trees.searches[SEARCH_WORDS * s] as number
      const count = trees.searches[SEARCH_WORDS * s + 1] as number
      const room = roomOf(count)
      thresholds.set(trees.thresholds.subarray(from, from + count), to + 1)
      const ranksAt = ranks.byteOffset + 2 * this.rowsMax * s
      searches.set([8 * column, ranksAt, thresholds.byteOffset + 8 * to, 4 * room], (SEARCH_BYTES / 4) * s)
      from += count
      to += room
    }
  }

  private takeGroups(trees: ScorableTrees): void {
    const { comparisons, groups, ranks, values, sums } = this.views
    for (let at = 0; at < comparisons.length; at += COMPARISON_WORDS) {
      comparisons[at] = ranks.byteOffset + this.rowsMax * (trees.comparisons[at] as number)
      comparisons[at + 1] = fourTimes((trees.comparisons[at + 1] as number) - RANK_OFFSET)
      comparisons[at + 2] = fourTimes(trees.comparisons[at + 2] as number)
    }
    for (let at = 0; at < groups.length; at += GROUP_WORDS) {
      const value = trees.groups[at + 1] as number
      groups[at] = comparisons.byteOffset + COMPARISON_BYTES * (trees.groups[at] as number)
      groups[at + 1] = value === 0 ? 0 : values.byteOffset + 8 * (value - 1)
      groups[at + 2] = sums.byteOffset + 8 * this.rowsMax * (trees.groups[at + 2] as number)
      groups[at + 3] = fourTimes(trees.groups[at + 3] as number)
    }
  }
}

function memoryOf({ columnCount, outputs }: SummedTrees, trees: ScorableTrees, rowsMax: number, plan: MemoryPlan) {
  const searchCount = trees.searches.length / SEARCH_WORDS
  let thresholds = 0
  for (let s = 0; s < searchCount; s++) thresholds += roomOf(trees.searches[SEARCH_WORDS * s + 1] as number)
  return layout(
    {
      searches: i32((SEARCH_BYTES / 4) * searchCount),
      thresholds: f64(thresholds),
      groups: i32((GROUP_BYTES / 4) * (trees.groups.length / GROUP_WORDS)),
      comparisons: i32(trees.comparisons.length),
      values: f64(trees.values.length),
      leaves: u8(rowsMax),
      ranks: u8(2 * rowsMax * searchCount),
      sums: f64(rowsMax * outputs),
      rows: f64(rowsMax * columnCount),
    },
    plan,
  )
}

/** The power of two above a number of thresholds. */
function roomOf(count: number): number {
  return 2 ** Math.ceil(Math.log2(count + 1))
}

/** An int32 of four times the same byte. */
function fourTimes(byte: number): number {
  return Math.imul(byte & 255, 0x01_01_01_01)
}
