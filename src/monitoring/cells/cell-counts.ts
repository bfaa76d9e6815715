// What was counted of a project's predictions, merged over workers: rows by cell, by version and by hour or day.
import { type Baseline, type ColumnBaseline, columnsOf } from '../../cells/baseline.ts'
import type { Queryable } from '../../database/pool.ts'
import { addQuality, type QualityCounts } from '../quality/quality-counts.ts'
import { listQuality, type QualityWindow } from '../quality/quality-counts-table.ts'
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
  readonly quality: QualityCounts
}

export interface VersionCounts {
  readonly version: number
  readonly runId: number
  /** Undefined of a version whose training froze none: then only its rows are counted. */
  readonly baseline: Baseline | undefined
  /** Those with a request, the oldest first: one whose requests were all refused has no rows. */
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
    const [windows, qualities] = await Promise.all([sumCounts(pool, query), listQuality(pool, query)])
    const found: VersionCounts[] = []
    const runs = new Map([...windows, ...qualities].map(({ version, runId }) => [version, runId]))
    for (const [version, runId] of [...runs].sort(([a], [b]) => a - b)) {
      const baseline = await baselines.of(runId)
      const isOwn = (each: { readonly version: number }): boolean => each.version === version
      const own = windowsOf(baseline, windows.filter(isOwn), qualities.filter(isOwn))
      found.push({ version, runId, baseline, windows: own })
    }
    return found
  }
}

/** Windows whose rows were counted in other cells than those of the baseline keep their number of rows. */
function windowsOf(
  baseline: Baseline | undefined,
  counted: readonly CountedWindow[],
  qualities: readonly QualityWindow[],
): WindowCounts[] {
  const columns = baseline === undefined ? [] : columnsOf(baseline)
  const cellCount = columns.reduce((sum, column) => sum + column.counts.length, 0)
  const starts = new Set([...counted, ...qualities].map(({ from }) => from.getTime()))
  return [...starts]
    .sort((a, b) => a - b)
    .map((start): WindowCounts => {
      const from = new Date(start)
      const begins = (each: { readonly from: Date }): boolean => each.from.getTime() === start
      const same = counted.filter(begins)
      const quality = addQuality(qualities.filter(begins))
      const rowCount = same.reduce((sum, { rows }) => sum + rows, 0)
      const counts = same.find((window) => window.cellCount === cellCount)?.counts ?? undefined
      if (baseline === undefined || counts === undefined) return { from, rowCount, quality, ...NO_COUNTS }
      let at = 0
      const take = (column: ColumnBaseline): number[] => {
        at += column.counts.length
        return counts.slice(at - column.counts.length, at)
      }
      const features = baseline.features.map(take)
      const answers = baseline.answers.map(take)
      const confidence = baseline.confidence && take(baseline.confidence)
      return { from, rowCount, features, answers, confidence, quality }
    })
}

const NO_COUNTS = { features: [], answers: [], confidence: undefined }
