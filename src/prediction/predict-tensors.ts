// An inference with tensors, on whatever thread it runs: from the bytes of a request to those of its answer.
import type { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { answerTensors } from '../tensors/answer-tensors.ts'
import { outputTensors } from '../tensors/output-tensors.ts'
import { type InferenceRequest, readInference } from '../tensors/read-inference.ts'
import { type Chunks, chunksOf } from './answer-chunks.ts'
import { warningsText } from './answer-text.ts'
import { predictTable, unseenCountOf } from './predict.ts'

export interface InferenceHead {
  readonly modelName: string
  readonly runId: number
  /** Bytes of the JSON, where binary tensors stand behind it. */
  readonly jsonLength: number | undefined
}

export interface TensorPredictions {
  readonly chunks: Chunks
  /** Bytes of the answer's JSON, where binary tensors stand behind it. */
  readonly jsonLength: number | undefined
  readonly rowCount: number
  readonly unseenCount: number
  readonly msPerRow: number
}

/** Throws what readInference throws. */
export function readTensors(body: BodyBytes, head: InferenceHead, pipeline: FittedPipeline): InferenceRequest {
  const outputs = outputTensors(pipeline.noPredictions)
  return readInference(body, head.jsonLength, { features: pipeline.featureSchema, outputs })
}

/** Throws what predictTable throws. */
export async function predictTensors(
  pipeline: FittedPipeline,
  { id, features, wishes, withProbabilities }: InferenceRequest,
  { modelName, runId }: InferenceHead,
  stop: StopFlag,
  timeoutMs: number,
): Promise<TensorPredictions> {
  const startedAt = performance.now()
  const predictions = await predictTable(pipeline, features, { stop, withProbabilities }, timeoutMs)
  const { rowCount } = features
  const msPerRow = (performance.now() - startedAt) / rowCount
  const outputs = outputTensors(predictions)
  const warnings = predictions.unseen.length > 0 ? warningsText(predictions.unseen) : undefined
  const head = { modelName, modelVersion: String(runId), id, rowCount, outputs, wishes, warnings }
  const { jsonLength, parts } = answerTensors(head)
  return { chunks: chunksOf(parts), jsonLength, rowCount, unseenCount: unseenCountOf(predictions), msPerRow }
}
