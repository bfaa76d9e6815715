// A pipeline on the service's own thread: predicts a few rows at once, while that is fast enough.
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import { RowReader } from '../model/row-reader.ts'
import { bytesHeld } from './bytes-held.ts'

/** Rows that may be predicted here before it is known what one costs. */
const FIRST_ROWS_MAX = 16
/** The longest that others may be kept waiting, in milliseconds, as far as earlier predictions tell. */
const BUSY_MS_MAX = 5
/** The weight of the newest measurement. */
const SMOOTHING = 0.2

export class LocalPipeline {
  readonly byteLength: number
  readonly pipeline: FittedPipeline
  private readonly reader: RowReader
  /** Smoothed; a first prediction counts little, since V8 has not compiled it yet. */
  private msPerRow: number | undefined

  constructor(pipeline: FittedPipeline) {
    this.pipeline = pipeline
    this.reader = new RowReader(pipeline.featureSchema)
    this.byteLength = bytesHeld(pipeline)
  }

  /** True when so many rows are predicted here in a few milliseconds. */
  isFastFor(rowCount: number): boolean {
    return this.msPerRow === undefined ? rowCount <= FIRST_ROWS_MAX : rowCount * this.msPerRow <= BUSY_MS_MAX
  }

  /** Undefined where the long way must tell what is wrong with the rows, or new in them. See RowReader. */
  predictRows(rows: readonly unknown[]): Predictions | undefined {
    const block = this.reader.read(rows)
    if (block === undefined) return undefined
    const startedAt = performance.now()
    const predictions = this.pipeline.predictNow(block)
    const ms = (performance.now() - startedAt) / block.rowCount
    const before = this.msPerRow ?? Math.min(ms, BUSY_MS_MAX / FIRST_ROWS_MAX)
    this.msPerRow = before + SMOOTHING * (ms - before)
    return predictions
  }
}
