// What was counted of a project's predictions, merged over workers: rows by cell, by version and by hour or day.
import { type Baseline, type ColumnBaseline, columnsOf } from '../../cells/baseline.ts'
import type { Queryable } from '../../database/pool.ts'
import type { Baselines } from './baselines.ts'
import { type CountedWindow, sumCounts } from './cell-counts-table.ts'
import type { CountsQuery } from './counts-query.ts'

/** What a version counted in one window. Counts of a column are in the order of cellNames. */
export interface WindowCounts {
  /** When the window began; of the only one `from`. */
  readonly from: Date
  readonly rowCount: number
  /** As the columns of the baseline; empty without one, and of rows that were counted before the version's result was replaced. */
  readonly features: readonly (readonly number[])[]
  readonly answers: readonly (readonly number[])[]
  readonly confidence: readonly number[] | undefined
}

export interface VersionCounts {
  readonly version: number
  readonly runId: number
  /** Undefined of a version whose training froze none: then only its rows are counted. */
  readonly baseline: Baseline | undefined
  /** Those with a row, the oldest first. */
  readonly windows: readonly WindowCounts[]
}

interface CellCountsParts {
  readonly pool: Queryable
  readonly baselines: Pick<Baselines, 'of'>
  /** Writes what this process has counted; throws nothing. */
  readonly save: () => Promise<void>
}

export class CellCounts {
  private readonly parts: CellCountsParts

  constructor(parts: CellCountsParts) {
    this.parts = parts
  }

  /**
   * By version, in order. What this process counted is all there; others write theirs every ten seconds. Throws what the database
   * throws. O(hours × processes × cells).
   */
  async of(query: CountsQuery): Promise<VersionCounts[]> {
    const { pool, baselines, save } = this.parts
    await save()
    const windows = await sumCounts(pool, query)
    const found: VersionCounts[] = []
    for (const { version, runId } of windows) {
      if (found.at(-1)?.version === version) continue
      const baseline = await baselines.of(runId)
      const own = windows.filter((window) => window.version === version)
      found.push({ version, runId, baseline, windows: windowsOf(baseline, own) })
    }
    return found
  }
}

/** Windows whose rows were counted in other cells than those of the baseline keep their number of rows. */
function windowsOf(baseline: Baseline | undefined, counted: readonly CountedWindow[]): WindowCounts[] {
  const columns = baseline === undefined ? [] : columnsOf(baseline)
  const cellCount = columns.reduce((sum, column) => sum + column.counts.length, 0)
  const byStart = Map.groupBy(counted, ({ from }) => from.getTime())
  return [...byStart.values()].map((same): WindowCounts => {
    const from = (same[0] as CountedWindow).from
    const rowCount = same.reduce((sum, { rows }) => sum + rows, 0)
    const counts = same.find((window) => window.cellCount === cellCount)?.counts ?? undefined
    if (baseline === undefined || counts === undefined) return { from, rowCount, ...NO_COUNTS }
    let at = 0
    const take = (column: ColumnBaseline): number[] => {
      at += column.counts.length
      return counts.slice(at - column.counts.length, at)
    }
    const features = baseline.features.map(take)
    const answers = baseline.answers.map(take)
    return { from, rowCount, features, answers, confidence: baseline.confidence && take(baseline.confidence) }
  })
}

const NO_COUNTS = { features: [], answers: [], confidence: undefined }
