// An inference with tensors, on whatever thread it runs: from the bytes of a request to those of its answer.
import type { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { answerTensors } from '../tensors/answer-tensors.ts'
import { outputTensors } from '../tensors/output-tensors.ts'
import { type InferenceRequest, readInference } from '../tensors/read-inference.ts'
import { writableOutput } from '../tensors/writable-tensor.ts'
import { type Chunks, chunksOf } from './answer-chunks.ts'
import { ID_BYTES } from './answer-stamp.ts'
import { hasWarnings, warningsText } from './answer-text.ts'
import type { OpenedArtifact } from './open-artifact.ts'
import { predictTable, unseenCountOf } from './predict.ts'
import { predictionBytes, valuesOfRow } from './prediction-memory.ts'
import { type InferenceHead, servedAs } from './served-as.ts'
import { ConformedRows, type WatchedRows, type WatchWish, watchInThread } from './watch-rows.ts'

export interface TensorPredictions {
  readonly chunks: Chunks
  /** Bytes of the answer's JSON, where binary tensors stand behind it. */
  readonly jsonLength: number | undefined
  readonly rowCount: number
  readonly unseenCount: number
  readonly msPerRow: number
  /** Where somebody wants to know of the rows. */
  readonly watched?: WatchedRows
}

/** What a prediction may use, and what is wanted of it. */
export interface TensorSurroundings {
  readonly stop: StopFlag
  readonly timeoutMs: number
  readonly memory: MemoryHold
  readonly watch?: WatchWish | undefined
}

/** Throws what readInference throws. */
export function readTensors(
  body: BodyBytes,
  head: InferenceHead,
  pipeline: FittedPipeline,
  memory: MemoryHold,
): InferenceRequest {
  const outputs = outputTensors(pipeline.noPredictions)
  return readInference(body, head.jsonLength, { features: pipeline.featureSchema, outputs }, memory)
}

/** Probabilities as text, in the JSON of an answer that has binary tensors too: that is made as a whole. */
const TEXT_BYTES = 24

/** Throws what predictTable throws. The answer holds its memory until it is over. */
export async function predictTensors(
  opened: OpenedArtifact,
  { id, features, dropped, wishes, withProbabilities }: InferenceRequest,
  asked: InferenceHead,
  { stop, timeoutMs, memory, watch }: TensorSurroundings,
): Promise<TensorPredictions> {
  const { pipeline } = opened
  const { stamp } = asked
  memory.goOn('the predictions')
  memory.take(predictionBytes(pipeline, features.rowCount, withProbabilities))
  const isJsonHeld = wishes.some(({ isBinary }) => isBinary) && wishes.some(({ isBinary }) => !isBinary)
  if (isJsonHeld && withProbabilities) memory.take(TEXT_BYTES * features.rowCount * valuesOfRow(pipeline))
  if (stamp !== undefined && wishes.some(({ isBinary }) => isBinary)) memory.take(ID_BYTES * features.rowCount)
  const startedAt = performance.now()
  const conformed = new ConformedRows(features)
  const options = { stop, withProbabilities, withConfidence: watch !== undefined, onConformed: conformed.hear }
  const predictions = { ...(await predictTable(pipeline, features, options, timeoutMs)), dropped }
  const { rowCount } = features
  const msPerRow = (performance.now() - startedAt) / rowCount
  const outputs = outputTensors(predictions).map((output) => writableOutput(output, rowCount))
  const warnings = hasWarnings(predictions) ? warningsText(predictions) : undefined
  const head = { ...servedAs(asked, rowCount), id, outputs, wishes, warnings }
  const { jsonLength, parts } = answerTensors(head)
  const { idPrefix } = stamp ?? { idPrefix: '' }
  const watched = watch && watchInThread({ ...opened, rows: conformed.rows, predictions, idPrefix }, watch)
  const figures = { rowCount, unseenCount: unseenCountOf(predictions), msPerRow, ...(watched && { watched }) }
  return { chunks: chunksOf(parts), jsonLength, ...figures }
}
