// The thresholds of trees, column by column: searches of rankRows.
import { THRESHOLDS_MAX } from './rank-rows.ts'

export const SEARCH_WORDS = 2
/** More than there are ranks in a search. */
export const PLACES = THRESHOLDS_MAX + 1

/**
 * searches    two per search: its column, and how many thresholds it has, 1 to THRESHOLDS_MAX
 * thresholds  of one search after the other, each once, ascending
 */
export interface Searches {
  readonly searches: Int32Array
  readonly thresholds: Float64Array
}

export class ColumnThresholds implements Searches {
  readonly searches: Int32Array
  readonly thresholds: Float64Array
  /** Per column, and one more: where its thresholds begin. */
  private readonly starts: Int32Array
  /** Per column: its first search. */
  private readonly firstSearches: Int32Array

  /** columns, thresholds: one a split, in any order. O(splits log splits + columns). */
  constructor(columns: Int32Array, thresholds: Float64Array, columnCount: number) {
    const ends = new Int32Array(columnCount + 1)
    for (const column of columns) ends[column + 1] = (ends[column + 1] as number) + 1
    for (let c = 0; c < columnCount; c++) ends[c + 1] = (ends[c + 1] as number) + (ends[c] as number)
    const all = new Float64Array(columns.length)
    const next = ends.slice()
    columns.forEach((column, s) => {
      all[next[column] as number] = thresholds[s] as number
      next[column] = (next[column] as number) + 1
    })
    const searches: number[] = []
    this.starts = new Int32Array(columnCount + 1)
    this.firstSearches = new Int32Array(columnCount)
    let kept = 0
    for (let c = 0; c < columnCount; c++) {
      const own = all.subarray(ends[c], ends[c + 1]).sort()
      const start = kept
      for (const threshold of own) {
        if (kept === start || all[kept - 1] !== threshold) all[kept++] = threshold
      }
      this.firstSearches[c] = searches.length / SEARCH_WORDS
      for (let at = start; at < kept; at += THRESHOLDS_MAX) searches.push(c, Math.min(THRESHOLDS_MAX, kept - at))
      this.starts[c + 1] = kept
    }
    this.searches = Int32Array.from(searches)
    this.thresholds = all.subarray(0, kept)
  }

  /** Where a column's threshold stands: PLACES · its search, plus its rank there. O(log thresholds). */
  find(column: number, threshold: number): number {
    const start = this.starts[column] as number
    let [low, high] = [start, this.starts[column + 1] as number]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.thresholds[middle] as number) < threshold) low = middle + 1
      else high = middle
    }
    const further = Math.floor((low - start) / THRESHOLDS_MAX)
    return PLACES * ((this.firstSearches[column] as number) + further) + (low - start) - THRESHOLDS_MAX * further
  }
}
