// The entry of the prediction thread: keeps pipelines of its own, and predicts what would keep the service waiting.
import { parentPort, workerData } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import { LOADING_BYTES_PER_BYTE } from '../memory/loading.ts'
import { holdForTables, MemoryBudget, type MemoryHold, type SharedBudget } from '../memory/memory-budget.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { loadModel } from '../registry/discover.ts'
import { byteLengthOf } from '../rows/byte-window.ts'
import { metadataOf } from '../tensors/metadata.ts'
import { answerChunks, type Chunks } from './answer-chunks.ts'
import { hasWarnings, warningsText } from './answer-text.ts'
import { bytesHeld } from './bytes-held.ts'
import { openArtifact } from './open-artifact.ts'
import { predictTable, readPredictionFeatures, unseenCountOf } from './predict.ts'
import { predictTensors, readTensors } from './predict-tensors.ts'
import { predictionBytes } from './prediction-memory.ts'
import type { AnswerChunk, FromThread, Job, LoadPipeline, RowsJob, ThreadAnswer, ToThread } from './thread-messages.ts'

interface HeldPipeline {
  readonly pipeline: FittedPipeline
  readonly heldBytes: number
}

const held = new Map<number, Promise<HeldPipeline>>()
/** The rest of large answers, by job, and the memory of their predictions; it is made as it is asked for. */
const unfinished = new Map<number, Answering>()

interface Answering {
  readonly chunks: Chunks
  readonly memory: MemoryHold
  /** Nobody wants the rest, though a chunk may be in the making. */
  isDropped?: boolean
}

const budget = new MemoryBudget(workerData as SharedBudget, 'prediction')

parentPort?.on('message', async (message: ToThread) => {
  switch (message.type) {
    case 'load':
      load(message)
      return
    case 'predict_rows':
    case 'predict_tensors':
    case 'describe':
      send(await answerOf(message))
      return
    case 'more': {
      const rest = unfinished.get(message.id)
      if (rest !== undefined) send({ id: message.id, ...(await nextChunk(message.id, rest)) })
      return
    }
    case 'drop':
      drop(message.id)
      return
    case 'forget':
      held.delete(message.runId)
  }
})

function send(message: FromThread): void {
  parentPort?.postMessage(message, 'chunk' in message ? [message.chunk.buffer as ArrayBuffer] : [])
}

async function answerOf(job: Job): Promise<FromThread> {
  const memory = holdForTables(budget, 'body' in job ? byteLengthOf(job.body) : 0)
  try {
    return { id: job.id, ...(await predict(job, memory)) }
  } catch (error) {
    memory.release()
    if (!(error instanceof ServiceError)) return { id: job.id, error }
    return { id: job.id, refusal: refusalOf(error) }
  }
}

async function predict(job: Job, memory: MemoryHold): Promise<ThreadAnswer> {
  const { pipeline, heldBytes } = await pipelineOf(job)
  send({ id: job.id, begun: true })
  if (job.type === 'predict_rows') return { isFirst: true, heldBytes, ...(await predictRows(pipeline, job, memory)) }
  if (job.type === 'predict_tensors') {
    const request = readTensors(job.body, job, pipeline, memory)
    const surroundings = { stop: new StopFlag(job.stop), timeoutMs: job.timeoutMs, memory }
    const { chunks, ...figures } = await predictTensors(pipeline, request, job, surroundings)
    return { isFirst: true, heldBytes, ...figures, ...(await nextChunk(job.id, { chunks, memory })) }
  }
  memory.release()
  const chunk = new TextEncoder().encode(JSON.stringify(metadataOf(pipeline)))
  return { isFirst: true, heldBytes, chunk, isLast: true, rowCount: 0, unseenCount: 0, msPerRow: 0 }
}

async function predictRows(
  pipeline: FittedPipeline,
  job: RowsJob,
  memory: MemoryHold,
): Promise<Omit<ThreadAnswer, 'isFirst' | 'heldBytes'>> {
  const { id, body, form, dialect, withProbabilities, timeoutMs, extraColumns } = job
  const stop = new StopFlag(job.stop)
  const features = await readPredictionFeatures(body, form, { schema: pipeline.featureSchema, dialect, memory })
  memory.goOn('the predictions')
  memory.take(predictionBytes(pipeline, features.rowCount, withProbabilities))
  const startedAt = performance.now()
  const predictions = await predictTable(pipeline, features, { stop, withProbabilities }, timeoutMs, extraColumns)
  const { rowCount } = features
  const msPerRow = (performance.now() - startedAt) / rowCount
  const first = await nextChunk(id, { chunks: answerChunks(predictions, job), memory })
  const unseenCount = unseenCountOf(predictions)
  const answer = { ...first, rowCount, unseenCount, msPerRow }
  const isTold = job.answerForm !== 'json' && hasWarnings(predictions)
  return isTold ? { ...answer, warnings: warningsText(predictions) } : answer
}

function drop(id: number): void {
  const answering = unfinished.get(id)
  if (answering === undefined) return
  answering.isDropped = true
  answering.memory.release()
  unfinished.delete(id)
}

async function nextChunk(id: number, answering: Answering): Promise<AnswerChunk> {
  const { value: chunk, done: isLast = false } = await answering.chunks.next()
  if (isLast) {
    unfinished.delete(id)
    answering.memory.release()
  } else if (answering.isDropped !== true) unfinished.set(id, answering)
  return { chunk, isLast }
}

function pipelineOf({ runId }: Job): Promise<HeldPipeline> {
  const found = held.get(runId)
  if (found === undefined) throw new Error(`the prediction thread was not given the artifact of run ${runId}`)
  return found
}

function load(message: LoadPipeline): void {
  const loading = open(message)
  // Those who ask for it hear why it failed, until the service says "forget".
  loading.catch(() => {})
  held.set(message.runId, loading)
}

async function open({ runId, module, artifact }: LoadPipeline): Promise<HeldPipeline> {
  const { model } = await loadModel(module)
  const { byteOffset, byteLength } = artifact
  const buffer = artifact.buffer as ArrayBuffer
  const memory = budget.hold(`the pipeline of run ${runId}`)
  try {
    memory.take(LOADING_BYTES_PER_BYTE * byteLength)
    const pipeline = openArtifact(runId, Buffer.from(buffer, byteOffset, byteLength), model)
    return { pipeline, heldBytes: bytesHeld(pipeline) }
  } finally {
    // What was decoded has memory of its own, which the cache counts; the artifact's is not to wait for the collector.
    buffer.transfer(0)
    memory.release()
  }
}
