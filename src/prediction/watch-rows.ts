// Counts the rows of an answer, and takes those of the sample, once the answer is made. Nothing that fails here fails it.
import type { VersionCells } from '../cells/version-cells.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import type { ReadTable } from '../model/read-column.ts'
import type { Table } from '../model/table.ts'
import type { RowKeys } from './row-keys.ts'
import type { NotCountedReason, RowsWatch, SampledRows, UnseenCounts } from './rows-watch.ts'
import { type ConformedTable, type PredictedTable, sampledRows } from './sampled-rows.ts'
import { unseenLevelsOf } from './unseen-levels.ts'

/** What was predicted, and by what. */
export interface Watched {
  readonly pipeline: FittedPipeline
  /** Undefined of a version that has none: its rows are counted, and nothing else. */
  readonly cells: VersionCells | undefined
  /** Undefined where the class has predicted other rows than it was given. */
  readonly rows: PredictedTable | undefined
  readonly predictions: Predictions
  /** Undefined where none are asked for. */
  readonly keys?: RowKeys | undefined
  readonly idPrefix: string
}

/** What is asked of whoever predicts in a thread: plain data. */
export interface WatchWish {
  readonly sampleRate: number
  readonly wantsUnseen?: boolean | undefined
}

/** What whoever predicts is told of a watch. */
export function watchWish(watch: RowsWatch | undefined): { readonly watch?: WatchWish } {
  if (watch === undefined) return {}
  const { sampleRate, wantsUnseen } = watch
  return { watch: { sampleRate, wantsUnseen } }
}

/** What the prediction thread has found: plain data. */
export interface WatchedRows {
  /** By cell; empty of a version without cells. Undefined where the rows were not counted. */
  readonly counts: Float64Array | undefined
  readonly reason: NotCountedReason | undefined
  readonly sampled: SampledRows | undefined
  /** Absent where there are none, or they are not wanted. */
  readonly unseen?: readonly UnseenCounts[] | undefined
}

/** Hears of the rows of one prediction: `options.onConformed`. */
export class ConformedRows {
  private readonly given: ReadTable | Table
  private table: Table | undefined
  private times = 0

  /** given: the rows before they are conformed. */
  constructor(given: ReadTable | Table) {
    this.given = given
  }

  readonly hear = (table: Table): void => {
    this.table = table
    this.times += 1
  }

  /** The rows; undefined where the class has predicted several tables for one. */
  get rows(): ConformedTable | undefined {
    return this.table === undefined || this.times > 1 ? undefined : { ...this.table, given: this.given }
  }
}

/** Throws nothing. O(cells of the rows). */
export function watchHere(watch: RowsWatch, watched: Watched, startedAt: number): void {
  const { cells, predictions, idPrefix } = watched
  const { rowCount } = predictions.labels
  try {
    if (!isWhole(watched)) {
      watch.notCounted(rowCount, 'predicts_otherwise')
      return
    }
    const counts = watch.countsFor(cells?.cellCount ?? 0, rowCount)
    if (counts !== undefined) count(counts, watched)
    const sampled = sampleOf(watched, watch.sampleRate)
    if (sampled !== undefined) watch.sampled(sampled, idPrefix, performance.now() - startedAt)
    const unseen = unseenOf(watched, watch)
    if (unseen !== undefined) watch.unseen?.(unseen)
  } catch {
    watch.notCounted(rowCount, 'failed')
  }
}

/** The same for who tells it later. Throws nothing. */
export function watchInThread(watched: Watched, wish: WatchWish): WatchedRows {
  const { cells } = watched
  const none = { counts: undefined, sampled: undefined }
  try {
    if (!isWhole(watched)) return { ...none, reason: 'predicts_otherwise' }
    const counts = new Float64Array(cells?.cellCount ?? 0)
    count(counts, watched)
    return { counts, reason: undefined, sampled: sampleOf(watched, wish.sampleRate), unseen: unseenOf(watched, wish) }
  } catch {
    return { ...none, reason: 'failed' }
  }
}

/** Takes in what the thread has found of so many rows. */
export function takeWatched(
  watch: RowsWatch,
  { counts, reason, sampled, unseen }: WatchedRows,
  {
    rowCount,
    idPrefix,
    startedAt,
  }: { readonly rowCount: number; readonly idPrefix: string; readonly startedAt: number },
): void {
  if (reason !== undefined) watch.notCounted(rowCount, reason)
  const into = counts && watch.countsFor(counts.length, rowCount)
  if (counts !== undefined && into !== undefined) {
    for (let cell = 0; cell < counts.length; cell++) into[cell] = (into[cell] as number) + (counts[cell] as number)
  }
  if (sampled !== undefined) watch.sampled(sampled, idPrefix, performance.now() - startedAt)
  if (unseen !== undefined) watch.unseen?.(unseen)
}

function isWhole(watched: Watched): watched is Watched & { readonly rows: PredictedTable } {
  return watched.rows?.rowCount === watched.predictions.labels.rowCount
}

function sampleOf(
  { rows, predictions, pipeline, keys, idPrefix }: Watched & { readonly rows: PredictedTable },
  rate: number,
): SampledRows | undefined {
  return rate > 0 ? sampledRows(rows, predictions, pipeline.featureSchema, { idPrefix, rate, keys }) : undefined
}

function unseenOf(
  { rows, predictions, pipeline }: Watched & { readonly rows: PredictedTable },
  { wantsUnseen }: Pick<WatchWish, 'wantsUnseen'>,
): UnseenCounts[] | undefined {
  const isAny = wantsUnseen === true && predictions.unseen.length > 0
  return isAny ? unseenLevelsOf(rows, predictions, pipeline.featureSchema) : undefined
}

function count(counts: Float64Array, { cells, rows, predictions }: Watched): void {
  if (cells === undefined || rows === undefined) return
  if ('values' in rows) cells.addBlock(counts, rows)
  else cells.addTable(counts, rows, predictions.unseen)
  cells.addAnswers(counts, predictions)
}
