// An inference with a model that takes tensors: from the bytes of a request to those of its answer. On the prediction thread.
import { ServiceError } from '../errors.ts'
import { FitStopped } from '../learning/errors.ts'
import { CELLS_MAX } from '../model/table-limits.ts'
import { bytesOfTensors, type TensorModel, type TensorValues } from '../model/tensor-model.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { answerTensors } from '../tensors/answer-tensors.ts'
import { readTensorRequest } from '../tensors/read-tensor-request.ts'
import { writableValues } from '../tensors/writable-tensor.ts'
import { chunksOf } from './answer-chunks.ts'
import { ID_BYTES } from './answer-stamp.ts'
import { hasWarnings, warningsText } from './answer-text.ts'
import { predictionTimedOut } from './predict.ts'
import type { TensorPredictions, TensorSurroundings } from './predict-tensors.ts'
import { type InferenceHead, servedAs } from './served-as.ts'
import type { WatchedRows } from './watch-rows.ts'

/** An element as text, in the JSON of an answer that has binary tensors too: that is made as a whole. */
const TEXT_BYTES = 24
/** Rows of tensors are counted; they have no cells, and no columns to be logged. */
const COUNTED: WatchedRows = { counts: new Float64Array(), reason: undefined, sampled: undefined }

/**
 * Throws what readTensorRequest throws, PREDICTION_TIMED_OUT, and what the model throws. The answer holds its memory until it is
 * over.
 */
export async function runTensorModel(
  model: TensorModel,
  body: BodyBytes,
  asked: InferenceHead,
  { stop, timeoutMs, memory, watch }: TensorSurroundings,
): Promise<TensorPredictions> {
  const { id, inputs, rowCount, dropped, wishes } = readTensorRequest(body, asked.jsonLength, model, memory)
  memory.goOn('the predictions')
  // They are copied to the thread of the model.
  memory.take(bytesOfTensors(inputs))
  const startedAt = performance.now()
  const names = [...new Set(wishes.map(({ name }) => name))]
  const outputs = await told(() => model.run(inputs, names, { stop }), timeoutMs)
  const msPerRow = (performance.now() - startedAt) / rowCount
  memory.take(bytesOfTensors(outputs))
  const isBinary = wishes.some((wish) => wish.isBinary)
  if (isBinary) {
    const listed = new Set(wishes.filter((wish) => !wish.isBinary).map(({ name }) => name))
    memory.take(TEXT_BYTES * elementCount(outputs.filter(({ name }) => listed.has(name))))
    if (asked.stamp !== undefined) memory.take(ID_BYTES * rowCount)
  }
  const notes = { unseen: [], marks: [], dropped, labels: { rowCount, columns: [] }, probabilities: [] }
  const warnings = hasWarnings(notes) ? warningsText(notes) : undefined
  const head = { ...servedAs(asked, rowCount), id, outputs: outputs.map(writableValues), wishes, warnings }
  const { jsonLength, parts } = answerTensors(head)
  return { chunks: chunksOf(parts), jsonLength, rowCount, unseenCount: 0, msPerRow, ...(watch && { watched: COUNTED }) }
}

async function told(run: () => Promise<TensorValues[]>, timeoutMs: number): Promise<TensorValues[]> {
  try {
    const outputs = await run()
    const count = elementCount(outputs)
    if (count <= CELLS_MAX) return outputs
    throw new ServiceError(
      'IMPORTED_MODEL_FAILED',
      `the model gives ${count} elements; expected ${CELLS_MAX} at the most`,
    )
  } catch (error) {
    if (error instanceof FitStopped) throw predictionTimedOut(timeoutMs)
    throw error
  }
}

function elementCount(tensors: readonly TensorValues[]): number {
  return tensors.reduce((sum, { data }) => sum + data.length, 0)
}
