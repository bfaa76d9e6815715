// The log of predictions in this process: takes sampled rows beside predictions, and one flusher writes them.
import type { Logger } from 'pino'
import { idOfRow } from '../../prediction/prediction-ids.ts'
import type { PredictedRows, RowAnomalies, RowsHearer } from '../predicted-rows.ts'
import { BatchFlusher } from './batch-flusher.ts'
import type { LoggedRow, RowAnomaly } from './logged-row.ts'
import type { Batch } from './predictions-table.ts'
import { RowRing } from './row-ring.ts'
import type { DropReason } from './try-to-write.ts'

export const BATCH_ROWS = 2_000
const RING_ROWS = 100_000
const RING_BYTES = 64 * 2 ** 20

export interface PredictionLogParts {
  /** Share of the rows of a project that are logged, 0 to 1; at once. */
  readonly rateOf: (projectId: number) => number
  /** The column that has the keys of the rows of a project; at once. */
  readonly keyColumnOf: (projectId: number) => string | undefined
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
  private readonly flusher: BatchFlusher<readonly LoggedRow[]>

  constructor(parts: PredictionLogParts) {
    this.parts = parts
    this.ring = new RowRing(parts.bounds ?? { rowsMax: RING_ROWS, bytesMax: RING_BYTES })
    const { batchOf, write, onWritten, onDropped, log, triedMs } = parts
    this.flusher = new BatchFlusher<readonly LoggedRow[]>({
      waitingCount: () => this.ring.rowCount,
      take: () => this.ring.take(BATCH_ROWS),
      sizeOf: (rows) => rows.length,
      writerOf(rows) {
        const batch = batchOf(rows)
        return () => write(batch)
      },
      onWritten: (rows) => onWritten(rows.length),
      onDropped,
      words: {
        failed: 'logged predictions could not be written',
        dropped: 'predictions are not logged until they can be written again',
      },
      ...{ log, triedMs },
    })
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

  keyColumnOf(projectId: number): string | undefined {
    return this.parts.keyColumnOf(projectId)
  }

  /** Copies the rows. Those without room are left out and counted. O(values). */
  hear(predicted: PredictedRows): void {
    const { deployment, idPrefix, rows, milliseconds, columns, answers, confidence, keys, anomalies } = predicted
    const { projectId, deploymentId, version, environment } = deployment
    const rate = predicted.rate ?? this.rateOf(projectId)
    // The settings were changed since the rows were chosen.
    if (rate === 0) return
    for (let i = 0; i < rows.length; i++) {
      const text = keys?.texts[i]
      if (this.flusher.isEnded || !this.ring.hasRoom(columns.length, text?.length)) {
        this.flusher.refuse(rows.length - i)
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
        key: keys && text != null ? { column: keys.column, text } : undefined,
        anomaly: anomalyOf(anomalies, i),
      })
    }
    if (this.ring.rowCount >= BATCH_ROWS) this.flusher.kick()
  }

  start(): void {
    this.flusher.start()
  }

  flush(): Promise<void> {
    return this.flusher.flush()
  }

  close(): Promise<void> {
    return this.flusher.close()
  }
}

function anomalyOf(anomalies: RowAnomalies | undefined, i: number): RowAnomaly | undefined {
  const score = anomalies?.scores[i] ?? Number.NaN
  return anomalies === undefined || Number.isNaN(score) ? undefined : { score, isAnomalous: score > anomalies.limit }
}
