// The entry of the prediction thread: keeps pipelines of its own, and predicts what would keep the service waiting.
import { parentPort } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import { turn } from '../learning/fit-context.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { FittedPipeline, Predictions } from '../model/fitted-pipeline.ts'
import { loadModel } from '../registry/discover.ts'
import { answerArrow } from './answer-arrow.ts'
import { answerColumns } from './answer-columns.ts'
import { answerCsv } from './answer-csv.ts'
import { answerText, warningsText } from './answer-text.ts'
import { bytesHeld } from './bytes-held.ts'
import { openArtifact } from './open-artifact.ts'
import { predictionTimedOut, predictTable, readPredictionFeatures, unseenCountOf } from './predict.ts'
import type { FromThread, PredictionJob, ThreadAnswer, ToThread } from './thread-messages.ts'

interface HeldPipeline {
  readonly pipeline: FittedPipeline
  readonly heldBytes: number
}

const held = new Map<number, Promise<HeldPipeline>>()
const encoder = new TextEncoder()

parentPort?.on('message', async (message: ToThread) => {
  if (message.type === 'forget') {
    held.delete(message.runId)
    return
  }
  const answer = await answerOf(message)
  parentPort?.postMessage(answer, 'answer' in answer ? [answer.answer.buffer as ArrayBuffer] : [])
})

async function answerOf(job: PredictionJob): Promise<FromThread> {
  try {
    return { id: job.id, ...(await predict(job)) }
  } catch (error) {
    if (!(error instanceof ServiceError)) return { id: job.id, error }
    return { id: job.id, refusal: refusalOf(error) }
  }
}

async function predict(job: PredictionJob): Promise<ThreadAnswer> {
  const { body, form, timeoutMs } = job
  const stop = new StopFlag(job.stop)
  const { pipeline, heldBytes } = await pipelineOf(job)
  parentPort?.postMessage({ id: job.id, begun: true } satisfies FromThread)
  const features = await readPredictionFeatures(body, form)
  const startedAt = performance.now()
  const predictions = await predictTable(pipeline, features, stop, timeoutMs)
  const msPerRow = (performance.now() - startedAt) / features.rowCount
  const parts: Uint8Array[] = []
  for await (const part of answerParts(predictions, job)) {
    if (stop.isSet) throw predictionTimedOut(timeoutMs)
    parts.push(typeof part === 'string' ? encoder.encode(part) : part)
    // Others' turn: a large answer takes its time.
    if (parts.length % 64 === 0) await turn()
  }
  const { rowCount } = features
  const answer = { answer: joined(parts), heldBytes, rowCount, unseenCount: unseenCountOf(predictions), msPerRow }
  const hasWarnings = job.answerForm !== 'json' && predictions.unseen.length > 0
  return hasWarnings ? { ...answer, warnings: warningsText(predictions.unseen) } : answer
}

function answerParts(predictions: Predictions, job: PredictionJob): Iterable<string> | AsyncIterable<Uint8Array> {
  if (job.answerForm === 'json') return answerText(predictions, job)
  const columns = answerColumns(predictions, job.withProbabilities)
  const { rowCount } = predictions.labels
  return job.answerForm === 'csv' ? answerCsv(columns, rowCount) : answerArrow(columns, rowCount)
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

/** In a buffer of its own, which can be handed over without a copy. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
