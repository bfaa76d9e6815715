// The entry of the prediction thread: keeps pipelines of its own, and predicts what would keep the service waiting.
import { workerData } from 'node:worker_threads'
import { partsKept } from '../learning/kept-parts.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { Warning } from '../learning/warnings.ts'
import { LOADING_BYTES_PER_BYTE } from '../memory/loading.ts'
import { holdForTables, MemoryBudget, type MemoryHold, type SharedBudget } from '../memory/memory-budget.ts'
import { loadModel } from '../registry/discover.ts'
import { byteLengthOf } from '../rows/byte-window.ts'
import { metadataOf } from '../tensors/metadata.ts'
import { answerCalls } from '../threads/answer-calls.ts'
import type { Question } from '../threads/thread-calls.ts'
import { answerChunks, type Chunks } from './answer-chunks.ts'
import { hasWarnings, warningsText } from './answer-text.ts'
import { grownBytesOf, heldBytesOf } from './held-bytes.ts'
import { type OpenedArtifact, openArtifact } from './open-artifact.ts'
import { predictTable, readPredictionFeatures, unseenCountOf, withLackingKeys } from './predict.ts'
import { predictTensors, readTensors, type TensorPredictions, type TensorSurroundings } from './predict-tensors.ts'
import { explanationBytes, predictionBytes } from './prediction-memory.ts'
import { takeKeys } from './row-keys.ts'
import { runTensorModel } from './run-tensor-model.ts'
import type {
  AnswerChunk,
  Job,
  LoadedPipeline,
  PredictionCalls,
  RowsJob,
  TensorsJob,
  ThreadAnswer,
} from './thread-messages.ts'
import { ConformedRows, watchInThread } from './watch-rows.ts'

/** The rest of a large answer, and the memory of its predictions; it is made as it is asked for. */
interface Answering {
  readonly chunks: Chunks
  readonly memory: MemoryHold
  /** Nobody wants the rest, though a chunk may be in the making. */
  isDropped?: boolean
}

const budget = new MemoryBudget(workerData as SharedBudget, 'prediction')
/** By run. */
const pipelines = new Map<number, OpenedArtifact>()
/** By job. */
const unfinished = new Map<number, Answering>()

answerCalls<PredictionCalls>(
  { load, predict, more, drop, forget },
  // Only chunks have bytes.
  (answer) => ((answer as Partial<AnswerChunk>).chunk ? [(answer as AnswerChunk).chunk.buffer as ArrayBuffer] : []),
)

async function load({ runId, module, artifact }: Question<PredictionCalls, 'load'>): Promise<LoadedPipeline> {
  const { model } = await loadModel(module)
  const { byteOffset, byteLength } = artifact
  const buffer = artifact.buffer as ArrayBuffer
  const memory = budget.hold(`the pipeline of run ${runId}`)
  try {
    memory.take(LOADING_BYTES_PER_BYTE * byteLength)
    const opened = openArtifact(runId, Buffer.from(buffer, byteOffset, byteLength), model)
    await opened.pipeline.prepare()
    pipelines.set(runId, opened)
    return { heldBytes: heldBytesOf(opened) }
  } finally {
    // What was decoded has memory of its own, which the cache counts; the artifact's is not to wait for the collector.
    buffer.transfer(0)
    memory.release()
  }
}

function forget(runId: number): void {
  pipelines.get(runId)?.pipeline.release()
  pipelines.delete(runId)
}

async function predict(job: Job): Promise<ThreadAnswer> {
  const opened = pipelines.get(job.runId)
  if (opened === undefined) throw new Error(`the prediction thread was not given the artifact of run ${job.runId}`)
  const partsBefore = partsKept()
  const memory = holdForTables(budget, 'body' in job ? byteLengthOf(job.body) : 0)
  try {
    if (job.type === 'predict_rows')
      return { ...(await predictRows(opened, job, memory)), ...grownOf(opened, partsBefore) }
    if (job.type === 'predict_tensors') {
      const surroundings = { stop: new StopFlag(job.stop), timeoutMs: job.timeoutMs, memory, watch: job.watch }
      const { chunks, ...figures } = await inferTensors(opened, job, surroundings)
      return { ...figures, ...(await nextChunk(job.id, { chunks, memory })), ...grownOf(opened, partsBefore) }
    }
    memory.release()
    const chunk = new TextEncoder().encode(JSON.stringify(metadataOf(opened.pipeline)))
    return { chunk, isLast: true, rowCount: 0, unseenCount: 0, msPerRow: 0 }
  } catch (error) {
    memory.release()
    throw error
  }
}

function grownOf(opened: OpenedArtifact, partsBefore: number): Pick<ThreadAnswer, 'heldBytes'> {
  const heldBytes = grownBytesOf(opened, partsBefore)
  return heldBytes === undefined ? {} : { heldBytes }
}

function inferTensors(
  opened: OpenedArtifact,
  job: TensorsJob,
  surroundings: TensorSurroundings,
): Promise<TensorPredictions> {
  const { pipeline } = opened
  if (pipeline.tensors !== undefined) return runTensorModel(pipeline.tensors, job.body, job, surroundings)
  return predictTensors(opened, readTensors(job.body, job, pipeline, surroundings.memory), job, surroundings)
}

async function predictRows(opened: OpenedArtifact, job: RowsJob, memory: MemoryHold): Promise<ThreadAnswer> {
  const { pipeline } = opened
  pipeline.requireRows()
  const { id, body, form, dialect, withProbabilities, explain, timeoutMs, extraColumns, keyColumn, stamp, watch } = job
  const stop = new StopFlag(job.stop)
  const { featureSchema: schema } = pipeline
  const doubtedThousands: string[] = []
  const warn = ({ code, column }: Warning): void => {
    if (code === 'THOUSANDS_DOUBTED' && column !== undefined) doubtedThousands.push(column)
  }
  const read = await readPredictionFeatures(body, form, { schema, keyColumn, extraColumns, dialect, memory, warn })
  const { table: features, keys } = takeKeys(read, schema, keyColumn)
  memory.goOn('the predictions')
  memory.take(predictionBytes(pipeline, features.rowCount, withProbabilities))
  if (explain !== undefined) memory.take(explanationBytes(pipeline, features.rowCount))
  const startedAt = performance.now()
  const conformed = new ConformedRows(features)
  const withConfidence = watch !== undefined
  const options = { stop, withProbabilities, withConfidence, explain, onConformed: conformed.hear }
  const predicted = await predictTable(pipeline, features, options, timeoutMs, extraColumns)
  const predictions = withLackingKeys({ ...predicted, doubtedThousands }, keys)
  const { rowCount } = features
  const msPerRow = (performance.now() - startedAt) / rowCount
  const first = await nextChunk(id, { chunks: answerChunks(predictions, job), memory })
  const unseenCount = unseenCountOf(predictions)
  const { idPrefix } = stamp ?? {}
  const watched =
    watch &&
    idPrefix !== undefined &&
    watchInThread({ ...opened, rows: conformed.rows, predictions, keys, idPrefix }, watch)
  const answer = { ...first, rowCount, unseenCount, msPerRow, ...(watched && { watched }) }
  const isTold = job.answerForm !== 'json' && hasWarnings(predictions)
  return isTold ? { ...answer, warnings: warningsText(predictions) } : answer
}

async function more(jobId: number): Promise<AnswerChunk> {
  const rest = unfinished.get(jobId)
  if (rest === undefined) throw new Error('an answer was asked for more than it has')
  return nextChunk(jobId, rest)
}

function drop(jobId: number): void {
  const answering = unfinished.get(jobId)
  if (answering === undefined) return
  answering.isDropped = true
  answering.memory.release()
  unfinished.delete(jobId)
}

async function nextChunk(jobId: number, answering: Answering): Promise<AnswerChunk> {
  const { value: chunk, done: isLast = false } = await answering.chunks.next()
  if (isLast) {
    unfinished.delete(jobId)
    answering.memory.release()
  } else if (answering.isDropped !== true) unfinished.set(jobId, answering)
  return { chunk, isLast }
}
