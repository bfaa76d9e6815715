// Scores rows beside predictions, in slices between which the thread does its other work. What has no room is not scored, and counted.
import type { AnomalyLimit, RowForest } from '../../cells/row-forest.ts'
import type { PredictedRows, RowAnomalies } from '../predicted-rows.ts'

/** Rows and values that wait at the most. */
const ROWS_MAX = 20_000
const VALUES_MAX = 2 ** 20
/** Rows between two looks at the clock. */
const ROWS_AT_ONCE = 16
/** The longest that the thread is kept, and for how many times as long it is then left to others. */
const SLICE_MS = 1
const REST_FACTOR = 4

/** busy: more came than could be scored. no_forest: the version has none, or too few rows were held out for the share. */
export const NOT_SCORED = ['busy', 'no_forest', 'stopped', 'failed'] as const
export type NotScored = (typeof NOT_SCORED)[number]

export interface RowScorerParts {
  /** Of the run of a version. Undefined where it has none. Throws what the database throws. */
  readonly forestOf: (runId: number) => Promise<RowForest | undefined>
  readonly onScored: (
    predicted: PredictedRows,
    share: number,
    found: { readonly rows: number; readonly anomalous: number },
  ) => void
  readonly onDropped: (reason: NotScored, rowCount: number) => void
  readonly bounds?: { readonly rowsMax: number; readonly valuesMax: number }
}

/** Rows that are scored at a share. */
interface Work {
  readonly predicted: PredictedRows
  readonly share: number
  /** Called once: without anomalies where the rows were not scored. */
  readonly then: (anomalies: RowAnomalies | undefined) => void
  forest: { readonly of: RowForest; readonly limit: AnomalyLimit } | undefined
  /** Rows that were scored, and that are to be: the first ones. */
  done: number
  readonly toScore: number
  readonly scores: Float64Array
}

export class RowScorer {
  private readonly parts: RowScorerParts
  private readonly waiting = new Set<Work>()
  private rows = 0
  private values = 0
  private timer: NodeJS.Timeout | undefined
  private soon: NodeJS.Immediate | undefined
  private isClosed = false

  constructor(parts: RowScorerParts) {
    this.parts = parts
  }

  get waitingRows(): number {
    return this.rows
  }

  /** Scores the rows later, as many as have room. Throws nothing. O(rows) now, to make room. */
  score(predicted: PredictedRows, share: number, then: Work['then']): void {
    const { rowsMax, valuesMax } = this.parts.bounds ?? { rowsMax: ROWS_MAX, valuesMax: VALUES_MAX }
    const { length } = predicted.rows
    const room = Math.min(rowsMax - this.rows, Math.floor((valuesMax - this.values) / predicted.columns.length))
    const toScore = this.isClosed ? 0 : Math.max(0, Math.min(length, room))
    const left = predicted.requestRows - toScore
    if (left > 0) this.parts.onDropped(this.isClosed ? 'stopped' : 'busy', left)
    if (toScore === 0) {
      then(undefined)
      return
    }
    const scores = new Float64Array(length).fill(Number.NaN)
    const work: Work = { predicted, share, then, forest: undefined, done: 0, toScore, scores }
    this.waiting.add(work)
    this.rows += toScore
    this.values += valuesOf(work)
    this.parts.forestOf(predicted.deployment.runId).then(
      (forest) => this.begin(work, forest),
      () => this.end(work, 'failed'),
    )
  }

  /** What waits is not scored any more. */
  close(): void {
    this.isClosed = true
    clearTimeout(this.timer)
    clearImmediate(this.soon)
    for (const work of this.waiting) this.end(work, 'stopped')
  }

  private begin(work: Work, forest: RowForest | undefined): void {
    const limit = forest?.limitAt(work.share)
    if (forest === undefined || limit === undefined) {
      this.end(work, 'no_forest')
      return
    }
    work.forest = { of: forest, limit }
    if (this.timer === undefined) this.soon ??= setImmediate(() => this.slice())
  }

  /** The answers of the turn are sent by now. */
  private slice(): void {
    this.soon = undefined
    const startedAt = performance.now()
    for (const work of this.waiting) {
      if (work.forest === undefined) continue
      this.scoreSome(work, work.forest, startedAt)
      if (performance.now() - startedAt >= SLICE_MS) break
    }
    const isMore = [...this.waiting].some(({ forest }) => forest !== undefined)
    if (!isMore) return
    this.timer = setTimeout(
      () => {
        this.timer = undefined
        this.slice()
      },
      REST_FACTOR * (performance.now() - startedAt),
    )
    this.timer.unref()
  }

  private scoreSome(work: Work, { of, limit }: NonNullable<Work['forest']>, startedAt: number): void {
    const { predicted, toScore, scores, share } = work
    try {
      do {
        const to = Math.min(work.done + ROWS_AT_ONCE, toScore)
        scores.set(of.scores(predicted.columns, work.done, to), work.done)
        work.done = to
      } while (work.done < toScore && performance.now() - startedAt < SLICE_MS)
      if (work.done < toScore) return
      const anomalous = scores.filter((score) => score > limit.score).length
      this.parts.onScored(predicted, share, { rows: toScore, anomalous })
      this.end(work, { scores, limit: limit.score })
    } catch {
      this.end(work, 'failed')
    }
  }

  private end(work: Work, end: NotScored | RowAnomalies): void {
    if (!this.waiting.delete(work)) return
    this.rows -= work.toScore
    this.values -= valuesOf(work)
    if (typeof end === 'string') this.parts.onDropped(end, work.toScore)
    work.then(typeof end === 'string' ? undefined : end)
  }
}

function valuesOf({ predicted: { columns }, toScore }: Pick<Work, 'predicted' | 'toScore'>): number {
  return toScore * columns.length
}
