// A fitted pipeline whose predictions are made by an ONNX model, in a thread of its own.
import type { EstimatorState } from '../../learning/estimator.ts'
import { StopFlag } from '../../learning/parallel/stop-flag.ts'
import { conform } from '../../model/conform.ts'
import { FaultList, RowsError } from '../../model/faults.ts'
import type { Predictions, PredictOptions } from '../../model/fitted-pipeline.ts'
import type { ReadTable } from '../../model/read-column.ts'
import type { Table } from '../../model/table.ts'
import { onnxFeeds } from './onnx-feeds.ts'
import type { OnnxLayout } from './onnx-layout.ts'
import { fetchesOf, fittedOutputOf, OnnxOutputRows } from './onnx-output.ts'
import { ThreadedPipeline } from './threaded-pipeline.ts'

/** Rows that go through the model at once; fewer where they are wide. */
const BLOCK_ROWS = 2048
const BLOCK_VALUES_MAX = 2 ** 22

export class OnnxPipeline extends ThreadedPipeline {
  private readonly layout: OnnxLayout
  private readonly fetches: readonly string[]

  /** model: bytes that readOnnx has passed; layout: of that model. Starts no thread: the first prediction does. */
  constructor(model: Uint8Array, layout: OnnxLayout) {
    const { features, outputs } = layout
    super(
      model,
      features.map((feature) => ({ ...feature })),
      outputs.map((output) => fittedOutputOf(output, features.length)),
    )
    this.layout = layout
    this.fetches = fetchesOf(outputs)
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
      const tensors = await this.runModel(onnxFeeds(table, this.layout, start, end), this.fetches, stop)
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
}
