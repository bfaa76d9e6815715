// A pipeline on the service's own thread: predicts a few rows at once, while that is fast enough.
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import { RowReader } from '../model/row-reader.ts'
import { bytesHeld } from './bytes-held.ts'
import { valuesOfRow } from './prediction-memory.ts'

/** The longest that others may be kept waiting, in milliseconds, as far as earlier predictions tell. */
const BUSY_MS_MAX = 5
/** Probabilities that are made and written here. */
const VALUES_MAX = 2 ** 15
/** The weight of the newest measurement. */
const SMOOTHING = 0.2

export class LocalPipeline {
  readonly byteLength: number
  readonly pipeline: FittedPipeline
  private readonly reader: RowReader
  private readonly rowCountMax: number
  /** Smoothed. */
  private msPerRow: number | undefined

  constructor(pipeline: FittedPipeline) {
    this.pipeline = pipeline
    this.reader = new RowReader(pipeline.featureSchema)
    this.byteLength = bytesHeld(pipeline)
    this.rowCountMax = VALUES_MAX / Math.max(1, valuesOfRow(pipeline))
  }

  /** True when so many rows are predicted here in a few milliseconds. A single row is assumed fast until measured. */
  isFastFor(rowCount: number): boolean {
    if (rowCount > this.rowCountMax) return false
    return this.msPerRow === undefined ? rowCount === 1 : rowCount * this.msPerRow <= BUSY_MS_MAX
  }

  /**
   * Undefined where the long way must tell what is wrong with the rows, or new in them (see RowReader), or where only that
   * way predicts as the model's class does.
   */
  predictRows(rows: readonly unknown[]): Predictions | undefined {
    if (!this.pipeline.predictsNow) return undefined
    const block = this.reader.read(rows)
    if (block === undefined) return undefined
    const startedAt = performance.now()
    const predictions = this.pipeline.predictNow(block)
    this.learn((performance.now() - startedAt) / block.rowCount)
    return predictions
  }

  /** Takes in what a row cost, here or elsewhere. */
  learn(msPerRow: number): void {
    const before = this.msPerRow ?? msPerRow
    this.msPerRow = before + SMOOTHING * (msPerRow - before)
  }
}
