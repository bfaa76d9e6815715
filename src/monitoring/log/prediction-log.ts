// The log of predictions in this process: takes sampled rows beside predictions, and one flusher writes them.
import type { Logger } from 'pino'
import { idOfRow } from '../../prediction/prediction-ids.ts'
import { Retry } from '../../retry.ts'
import type { PredictedRows, RowsHearer } from '../predicted-rows.ts'
import type { Batch } from './log-writer.ts'
import type { LoggedRow } from './logged-row.ts'
import { RowRing } from './row-ring.ts'
import { type DropReason, TRIED_MS, tryToWrite } from './try-to-write.ts'

export const BATCH_ROWS = 2_000
const RING_ROWS = 100_000
const RING_BYTES = 64 * 2 ** 20
/** How late a row is in the table while all is well. */
const FLUSH_MS = 2_000
/** What the end of the worker waits for. */
const CLOSE_MS = 5_000

export interface PredictionLogParts {
  /** Share of the rows of a project that are logged, 0 to 1; at once. */
  readonly rateOf: (projectId: number) => number
  readonly batchOf: (rows: readonly LoggedRow[]) => Batch
  /** Once, however often it is called with a batch. */
  readonly write: (batch: Batch) => Promise<void>
  readonly onWritten: (rowCount: number) => void
  readonly onDropped: (reason: DropReason, rowCount: number) => void
  readonly log: Logger
  readonly bounds?: { readonly rowsMax: number; readonly bytesMax: number }
  readonly triedMs?: number
}

export class PredictionLog implements RowsHearer {
  private readonly parts: PredictionLogParts
  private readonly ring: RowRing
  private readonly triedMs: number
  private readonly retry: Retry
  private timer: NodeJS.Timeout | undefined
  private flushing: Promise<void> | undefined
  /** Since a batch was written. */
  private hasDropped = false

  constructor(parts: PredictionLogParts) {
    this.parts = parts
    this.ring = new RowRing(parts.bounds ?? { rowsMax: RING_ROWS, bytesMax: RING_BYTES })
    this.triedMs = parts.triedMs ?? TRIED_MS
    this.retry = new Retry(parts.log)
  }

  get rowCount(): number {
    return this.ring.rowCount
  }

  get byteLength(): number {
    return this.ring.byteLength
  }

  rateOf(projectId: number): number {
    return this.parts.rateOf(projectId)
  }

  /** Copies the rows. Those without room are left out and counted. O(values). */
  hear(predicted: PredictedRows): void {
    const { deployment, idPrefix, rows, milliseconds, columns, answers, confidence } = predicted
    const { projectId, deploymentId, version, environment } = deployment
    const rate = predicted.rate ?? this.rateOf(projectId)
    // The settings were changed since the rows were chosen.
    if (rate === 0) return
    for (let i = 0; i < rows.length; i++) {
      if (this.retry.isEnded || !this.ring.hasRoom(columns.length)) {
        this.drop(this.retry.isEnded ? 'stopped' : 'ring_full', rows.length - i)
        break
      }
      const features = new Float64Array(columns.length)
      for (let j = 0; j < columns.length; j++) features[j] = columns[j]?.[i] ?? Number.NaN
      this.ring.push({
        ...{ projectId, deploymentId, version, environment, milliseconds, features },
        predictionId: idOfRow(idPrefix, rows[i] as number),
        weight: 1 / rate,
        answer: answers[i] as number,
        confidence: confidence?.[i] ?? Number.NaN,
      })
    }
    if (this.ring.rowCount >= BATCH_ROWS) void this.flush()
  }

  /** Writes now and then from here on. */
  start(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS)
    this.timer.unref()
  }

  /** Writes what waits; one at a time. Throws nothing. */
  flush(): Promise<void> {
    this.flushing ??= this.flushAll().finally(() => {
      this.flushing = undefined
    })
    return this.flushing
  }

  /** Writes what waits, where the database answers within some seconds, and drops the rest. */
  async close(): Promise<void> {
    clearInterval(this.timer)
    await Promise.race([this.flush().then(() => this.flush()), this.retry.wait(CLOSE_MS)])
    this.retry.end()
    const left = this.ring.rowCount
    if (left > 0) this.drop('stopped', left)
  }

  private async flushAll(): Promise<void> {
    while (this.ring.rowCount > 0 && !this.retry.isEnded) {
      const rows = this.ring.take(BATCH_ROWS)
      const reason = await this.writeRows(rows)
      if (reason !== undefined) this.drop(reason, rows.length)
      else {
        this.parts.onWritten(rows.length)
        this.hasDropped = false
      }
    }
  }

  /** Gives why the rows were not written; undefined where they were. */
  private async writeRows(rows: readonly LoggedRow[]): Promise<DropReason | undefined> {
    const { batchOf, write, log } = this.parts
    try {
      const batch = batchOf(rows)
      return await tryToWrite(() => write(batch), this.retry, this.triedMs)
    } catch (error) {
      if (!this.hasDropped) log.warn({ err: error }, 'logged predictions could not be written')
      return 'failed'
    }
  }

  private drop(reason: DropReason, rowCount: number): void {
    const { onDropped, log } = this.parts
    onDropped(reason, rowCount)
    if (!this.hasDropped) log.warn({ reason }, 'predictions are not logged until they can be written again')
    this.hasDropped = true
  }
}
