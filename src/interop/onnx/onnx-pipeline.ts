// A fitted pipeline whose predictions are made by an ONNX model, in a thread of its own.
import type { EstimatorState } from '../../learning/estimator.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { conform } from '../../model/conform.ts'
import { FaultList, RowsError } from '../../model/faults.ts'
import { FittedPipeline, type Predictions, type PredictOptions } from '../../model/fitted-pipeline.ts'
import type { ReadTable } from '../../model/read-column.ts'
import type { Table } from '../../model/table.ts'
import { onnxFeeds } from './onnx-feeds.ts'
import type { OnnxLayout } from './onnx-layout.ts'
import type { OnnxTensor } from './onnx-messages.ts'
import { fetchesOf, fittedOutputOf, OnnxOutputRows } from './onnx-output.ts'
import { OnnxRunner } from './onnx-runner.ts'

/** Rows that go through the model at once; fewer where they are wide. */
const BLOCK_ROWS = 2048
const BLOCK_VALUES_MAX = 2 ** 22

/** A thread with ONNX Runtime in it: 50 to 60 MB for small models, measured one after the other. */
const THREAD_BYTES = 60 * 2 ** 20
/** The file in the thread, and what the session unpacks of it. */
const MODEL_BYTES_PER_BYTE = 2

export class OnnxPipeline extends FittedPipeline {
  private readonly model: Uint8Array
  private readonly layout: OnnxLayout
  private readonly fetches: readonly string[]
  private runner: OnnxRunner | undefined

  /** model: bytes that readOnnx has passed; layout: of that model. Starts no thread: the first prediction does. */
  constructor(model: Uint8Array, layout: OnnxLayout) {
    const { features, outputs } = layout
    super(
      features.map((feature) => ({ ...feature })),
      [],
      outputs.map((output) => fittedOutputOf(output, features.length)),
    )
    this.model = model
    this.layout = layout
    this.fetches = fetchesOf(outputs)
  }

  override get predictsElsewhere(): boolean {
    return true
  }

  override get bytesElsewhere(): number {
    return THREAD_BYTES + MODEL_BYTES_PER_BYTE * this.model.length
  }

  /**
   * As FittedPipeline has it, but for explanations, which there are none of. Throws besides what OnnxRunner throws. Numbers
   * that are missing go in as NaN, texts as the empty text.
   */
  override async predict(features: ReadTable | Table, options: PredictOptions = {}): Promise<Predictions> {
    const faults = new FaultList()
    const { table, unseen, marks } = conform(features, this.featureSchema, faults)
    if (!faults.isEmpty) throw new RowsError(faults)
    options.onConformed?.(table)
    const { stop = new StopFlag(), withProbabilities = true, withConfidence = false, report } = options
    const { inputs, outputs, rowsMax } = this.layout
    const results = outputs.map((output) => new OnnxOutputRows(output, table.rowCount))
    const width = inputs.reduce((sum, input) => sum + input.width, 0)
    const blockRows = rowsMax ?? Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_VALUES_MAX / width)))
    for (let start = 0; start < table.rowCount; start += blockRows) {
      const end = Math.min(table.rowCount, start + blockRows)
      const tensors = await this.run(onnxFeeds(table, this.layout, start, end), stop)
      const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
      for (const result of results) result.add(byName, start, end - start)
      report?.(end, table.rowCount, 'predicting rows')
    }
    const confidence = withConfidence
      ? results.find((result) => result.confidence !== undefined)?.confidence
      : undefined
    return {
      labels: { rowCount: table.rowCount, columns: results.flatMap((result) => result.columns()) },
      probabilities: withProbabilities ? results.flatMap((result) => result.probabilities()) : [],
      ...(confidence === undefined ? {} : { confidence }),
      unseen,
      marks,
    }
  }

  /** Its thread is the place to find that out: golden rows have passed it before the artifact was written. */
  override tryOut(): void {}

  override async prepare(): Promise<void> {
    this.runner ??= new OnnxRunner(this.model)
    await this.runner.open()
  }

  override release(): void {
    void this.runner?.close()
    this.runner = undefined
  }

  override toState(): EstimatorState {
    // Columns come first, as in every artifact: the log of predictions and erasures read them without the model.
    const { features, outputs } = super.toState()
    return {
      engine: 'onnx',
      features,
      outputs,
      model: this.model,
      layout: JSON.stringify(this.layout),
    } as EstimatorState
  }

  private run(feeds: readonly OnnxTensor[], stop: StopFlag): Promise<OnnxTensor[]> {
    this.runner ??= new OnnxRunner(this.model)
    return this.runner.run(feeds, this.fetches, { stop })
  }
}
