// The entry of the prediction thread: keeps pipelines of its own, and predicts what would keep the service waiting.
import { parentPort } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { loadModel } from '../registry/discover.ts'
import { answerChunks } from './answer-chunks.ts'
import { warningsText } from './answer-text.ts'
import { bytesHeld } from './bytes-held.ts'
import { openArtifact } from './open-artifact.ts'
import { predictTable, readPredictionFeatures, unseenCountOf } from './predict.ts'
import type { AnswerChunk, FromThread, PredictionJob, ThreadAnswer, ToThread } from './thread-messages.ts'

interface HeldPipeline {
  readonly pipeline: FittedPipeline
  readonly heldBytes: number
}

const held = new Map<number, Promise<HeldPipeline>>()
/** The rest of large answers, by job; it is made as it is asked for. */
const unfinished = new Map<number, AsyncGenerator<Uint8Array, Uint8Array>>()

parentPort?.on('message', async (message: ToThread) => {
  switch (message.type) {
    case 'predict':
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

async function answerOf(job: PredictionJob): Promise<FromThread> {
  try {
    return { id: job.id, ...(await predict(job)) }
  } catch (error) {
    if (!(error instanceof ServiceError)) return { id: job.id, error }
    return { id: job.id, refusal: refusalOf(error) }
  }
}

async function predict(job: PredictionJob): Promise<ThreadAnswer> {
  const { id, body, form, withProbabilities, timeoutMs } = job
  const stop = new StopFlag(job.stop)
  const { pipeline, heldBytes } = await pipelineOf(job)
  send({ id, begun: true })
  const features = await readPredictionFeatures(body, form)
  const startedAt = performance.now()
  const predictions = await predictTable(pipeline, features, { stop, withProbabilities }, timeoutMs)
  const { rowCount } = features
  const msPerRow = (performance.now() - startedAt) / rowCount
  const first = await nextChunk(id, answerChunks(predictions, job))
  const unseenCount = unseenCountOf(predictions)
  const answer = { isFirst: true, ...first, heldBytes, rowCount, unseenCount, msPerRow } as const
  const hasWarnings = job.answerForm !== 'json' && predictions.unseen.length > 0
  return hasWarnings ? { ...answer, warnings: warningsText(predictions.unseen) } : answer
}

async function nextChunk(id: number, chunks: AsyncGenerator<Uint8Array, Uint8Array>): Promise<AnswerChunk> {
  const { value: chunk, done: isLast = false } = await chunks.next()
  if (isLast) unfinished.delete(id)
  else unfinished.set(id, chunks)
  return { chunk, isLast }
}

function pipelineOf({ runId, artifact, module }: PredictionJob): Promise<HeldPipeline> {
  if (artifact !== undefined) {
    const loading = load(runId, Buffer.from(artifact.buffer, artifact.byteOffset, artifact.byteLength), module)
    loading.catch(() => held.delete(runId))
    held.set(runId, loading)
  }
  const found = held.get(runId)
  if (found === undefined) throw new Error(`the prediction thread was not given the artifact of run ${runId}`)
  return found
}

async function load(runId: number, artifact: Buffer, module: string): Promise<HeldPipeline> {
  const { model } = await loadModel(module)
  const pipeline = openArtifact(runId, artifact, model)
  return { pipeline, heldBytes: bytesHeld(pipeline) }
}
