// A pipeline on the service's own thread: predicts a few rows at once, while that is fast enough.
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import { type ReadRows, RowReader } from '../model/row-reader.ts'
import type { OpenedArtifact } from './open-artifact.ts'
import { valuesOfRow } from './prediction-memory.ts'

/** The longest that others may be kept waiting, in milliseconds, as far as earlier predictions tell. */
const BUSY_MS_MAX = 5
/** Probabilities that are made and written here. */
const VALUES_MAX = 2 ** 15

/** The forms of bodies that this thread reads. A row takes more bytes in one form than in another. */
export type BodyKind = 'rows' | 'tensors' | 'binaryTensors'

export class LocalPipeline {
  readonly opened: OpenedArtifact
  private readonly reader: RowReader
  private readonly rowCountMax: number
  private readonly msPerRow = new Smoothed()
  private readonly msPerExplainedRow = new Smoothed()
  private readonly bytesPerRow: Readonly<Record<BodyKind, Smoothed>> = {
    rows: new Smoothed(),
    tensors: new Smoothed(),
    binaryTensors: new Smoothed(),
  }

  /** cells: absent of a version that has none. */
  constructor(pipeline: FittedPipeline, cells?: OpenedArtifact['cells']) {
    this.opened = { pipeline, cells }
    this.reader = new RowReader(pipeline.featureSchema)
    this.rowCountMax = VALUES_MAX / Math.max(1, valuesOfRow(pipeline))
  }

  get pipeline(): FittedPipeline {
    return this.opened.pipeline
  }

  /**
   * True when a body of so many bytes is expected to be predicted here in a few milliseconds. Earlier bodies tell how many
   * rows it has; the first one is assumed to have one row. Ask isFastFor too, once the rows are counted.
   */
  isFastForBody(kind: BodyKind, byteLength: number): boolean {
    return this.isFastFor(this.rowsOfBody(kind, byteLength))
  }

  /** As isFastForBody, with explanations. None is assumed fast until one was made elsewhere. */
  explainsFastForBody(byteLength: number): boolean {
    return this.explainsFastFor(this.rowsOfBody('rows', byteLength))
  }

  /** True when so many rows are explained here in a few milliseconds. */
  explainsFastFor(rowCount: number): boolean {
    const msPerRow = this.msPerExplainedRow.value
    return rowCount <= this.rowCountMax && msPerRow !== undefined && rowCount * msPerRow <= BUSY_MS_MAX
  }

  /** True when so many rows are predicted here in a few milliseconds. A single row is assumed fast until measured. */
  isFastFor(rowCount: number): boolean {
    if (rowCount > this.rowCountMax) return false
    const msPerRow = this.msPerRow.value
    return msPerRow === undefined ? rowCount === 1 : rowCount * msPerRow <= BUSY_MS_MAX
  }

  /**
   * Undefined where the long way must tell what is wrong with the rows, or new in them (see RowReader), or where only that
   * way predicts as the model's class does. besides: as RowReader takes it.
   */
  predictRows(
    rows: readonly unknown[],
    besides?: string,
  ): { readonly rows: ReadRows; readonly predictions: Predictions } | undefined {
    if (!this.pipeline.predictsNow) return undefined
    const block = this.reader.read(rows, besides)
    if (block === undefined) return undefined
    const startedAt = performance.now()
    const predictions = this.pipeline.predictNow(block)
    this.learn((performance.now() - startedAt) / block.rowCount)
    return { rows: block, predictions }
  }

  /** Takes in what a row cost, here or elsewhere. */
  learn(msPerRow: number): void {
    this.msPerRow.add(msPerRow)
  }

  /** Takes in what a row cost with its explanation. */
  learnExplained(msPerRow: number): void {
    this.msPerExplainedRow.add(msPerRow)
  }

  /** Takes in how many rows a body had. */
  learnBody(kind: BodyKind, byteLength: number, rowCount: number): void {
    this.bytesPerRow[kind].add(byteLength / Math.max(1, rowCount))
  }

  private rowsOfBody(kind: BodyKind, byteLength: number): number {
    const bytesPerRow = this.bytesPerRow[kind].value
    return bytesPerRow === undefined ? 1 : Math.max(1, Math.floor(byteLength / bytesPerRow))
  }
}

/** The weight of the newest measurement. */
const SMOOTHING = 0.2

/** An exponential moving average. */
class Smoothed {
  /** Undefined before the first measurement. */
  value: number | undefined

  add(measured: number): void {
    const before = this.value ?? measured
    this.value = before + SMOOTHING * (measured - before)
  }
}
