// Adds levels that the training never saw, column by column, in bounded memory.
import type { UnseenCounts } from '../../prediction/rows-watch.ts'

/** Levels of a column that are kept where there are twice as many: the most frequent ones. */
const KEPT_MAX = 1_000
const COLUMNS_MAX = 1_000

type Counted = readonly [level: string, rowCount: number]

/** Of a level that was rare and came again the rows before count no more: each has at least so many. */
export class CountedLevels {
  private readonly columns = new Map<string, Map<string, number>>()
  private added = 0

  /** Levels that were given, each time anew. */
  get addedCount(): number {
    return this.added
  }

  /** O(levels · log KEPT_MAX). */
  add(columns: readonly UnseenCounts[]): void {
    for (const { column, levels } of columns) {
      this.added += levels.length
      let counts = this.columns.get(column)
      if (counts === undefined) {
        if (this.columns.size >= COLUMNS_MAX) continue
        counts = new Map()
        this.columns.set(column, counts)
      }
      for (const [level, count] of levels) counts.set(level, (counts.get(level) ?? 0) + count)
      if (counts.size >= 2 * KEPT_MAX) dropRare(counts)
    }
  }

  /** By column, the most frequent ones. */
  top(limit: number): ReadonlyMap<string, readonly Counted[]> {
    return new Map([...this.columns].map(([column, counts]) => [column, mostFrequent(counts, limit)]))
  }
}

/** KEPT_MAX are left. */
function dropRare(counts: Map<string, number>): void {
  const sorted = Float64Array.from(counts.values()).sort()
  const least = sorted[sorted.length - KEPT_MAX] as number
  for (const [level, count] of counts) if (count < least) counts.delete(level)
  for (const [level, count] of counts) {
    if (counts.size <= KEPT_MAX) break
    if (count === least) counts.delete(level)
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>, limit: number): Counted[] {
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, limit)
}
