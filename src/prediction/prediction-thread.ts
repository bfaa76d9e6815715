// The entry of the prediction thread: keeps pipelines of its own, and predicts what would keep the service waiting.
import { parentPort } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { loadModel } from '../registry/discover.ts'
import { metadataOf } from '../tensors/metadata.ts'
import { answerChunks, type Chunks } from './answer-chunks.ts'
import { warningsText } from './answer-text.ts'
import { bytesHeld } from './bytes-held.ts'
import { openArtifact } from './open-artifact.ts'
import { predictTable, readPredictionFeatures, unseenCountOf } from './predict.ts'
import { predictTensors, readTensors } from './predict-tensors.ts'
import type { AnswerChunk, FromThread, Job, LoadPipeline, RowsJob, ThreadAnswer, ToThread } from './thread-messages.ts'

interface HeldPipeline {
  readonly pipeline: FittedPipeline
  readonly heldBytes: number
}

const held = new Map<number, Promise<HeldPipeline>>()
/** The rest of large answers, by job; it is made as it is asked for. */
const unfinished = new Map<number, Chunks>()

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
      unfinished.delete(message.id)
      return
    case 'forget':
      held.delete(message.runId)
  }
})

function send(message: FromThread): void {
  parentPort?.postMessage(message, 'chunk' in message ? [message.chunk.buffer as ArrayBuffer] : [])
}

async function answerOf(job: Job): Promise<FromThread> {
  try {
    return { id: job.id, ...(await predict(job)) }
  } catch (error) {
    if (!(error instanceof ServiceError)) return { id: job.id, error }
    return { id: job.id, refusal: refusalOf(error) }
  }
}

async function predict(job: Job): Promise<ThreadAnswer> {
  const { pipeline, heldBytes } = await pipelineOf(job)
  send({ id: job.id, begun: true })
  if (job.type === 'predict_rows') return { isFirst: true, heldBytes, ...(await predictRows(pipeline, job)) }
  if (job.type === 'predict_tensors') {
    const request = readTensors(job.body, job, pipeline)
    const { chunks, ...figures } = await predictTensors(pipeline, request, job, new StopFlag(job.stop), job.timeoutMs)
    return { isFirst: true, heldBytes, ...figures, ...(await nextChunk(job.id, chunks)) }
  }
  const chunk = new TextEncoder().encode(JSON.stringify(metadataOf(pipeline)))
  return { isFirst: true, heldBytes, chunk, isLast: true, rowCount: 0, unseenCount: 0, msPerRow: 0 }
}

async function predictRows(
  pipeline: FittedPipeline,
  job: RowsJob,
): Promise<Omit<ThreadAnswer, 'isFirst' | 'heldBytes'>> {
  const { id, body, form, withProbabilities, timeoutMs } = job
  const stop = new StopFlag(job.stop)
  const features = await readPredictionFeatures(body, form)
  const startedAt = performance.now()
  const predictions = await predictTable(pipeline, features, { stop, withProbabilities }, timeoutMs)
  const { rowCount } = features
  const msPerRow = (performance.now() - startedAt) / rowCount
  const first = await nextChunk(id, answerChunks(predictions, job))
  const unseenCount = unseenCountOf(predictions)
  const answer = { ...first, rowCount, unseenCount, msPerRow }
  const hasWarnings = job.answerForm !== 'json' && predictions.unseen.length > 0
  return hasWarnings ? { ...answer, warnings: warningsText(predictions.unseen) } : answer
}

async function nextChunk(id: number, chunks: Chunks): Promise<AnswerChunk> {
  const { value: chunk, done: isLast = false } = await chunks.next()
  if (isLast) unfinished.delete(id)
  else unfinished.set(id, chunks)
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
  const buffer = artifact.buffer as ArrayBuffer
  const pipeline = openArtifact(runId, Buffer.from(buffer, artifact.byteOffset, artifact.byteLength), model)
  // What was decoded has memory of its own; the artifact's is not to wait for the collector.
  buffer.transfer(0)
  return { pipeline, heldBytes: bytesHeld(pipeline) }
}
