// The service's side of the prediction thread: starts it when it is needed, hands it work, and ends it when it is stuck.
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { errorOf, ServiceError } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { MemoryBudget, SharedBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { AnswerStream } from './answer-stream.ts'
import type { ArtifactSource } from './pipeline-cache.ts'
import { predictionTimedOut } from './predict.ts'
import type {
  AnswerChunk,
  DescribeJob,
  FromThread,
  Job,
  RowsJob,
  TensorsJob,
  ThreadAnswer,
  ToThread,
} from './thread-messages.ts'

/** Predictions that may wait or run in the thread, and the bytes of those of their bodies that are in memory. */
const JOBS_MAX = 256
const BODY_BYTES_MAX = 2 ** 30
/** Large answers that may be on their way at once: the thread keeps their predictions meanwhile. */
const STREAMS_MAX = 8
/** Bodies beyond this may have large answers. */
const LARGE_BODY_BYTES = 2 ** 20
/** What the thread and a pipeline may take to load. */
const LOAD_TIMEOUT_MS = 60_000
/** What a thread gets to notice that a prediction is to stop. */
const STOP_GRACE_MS = 2_000

/** A job as it is given: the thread's part of it comes with its sending, and the pipeline before it. */
type Given<J extends Job> = Omit<J, 'id' | 'stop' | 'timeoutMs'> & {
  readonly module: string
  readonly artifact: ArtifactSource
}
export type JobInput = Given<RowsJob> | Given<TensorsJob> | Given<DescribeJob>

type Outcome = Extract<FromThread, ThreadAnswer | { readonly refusal: unknown } | { readonly error: unknown }>

/** An answer, at once when it is not large. */
export type WorkerAnswer = Omit<ThreadAnswer, keyof AnswerChunk> & { readonly answer: Uint8Array | AnswerStream }

interface Waiting {
  readonly settle: (outcome: Outcome | ServiceError) => void
  /** The thread has begun with it. */
  readonly begin: () => void
}

export class PredictionWorker {
  private readonly timeoutMs: number
  private readonly log: Logger
  private readonly budget: MemoryBudget
  private worker: Worker | undefined
  private readonly waiting = new Map<number, Waiting>()
  /** Answers whose end is still to come. */
  private readonly streams = new Map<number, AnswerStream>()
  /** Runs whose pipelines the thread has. */
  private readonly held = new Set<number>()
  /** Runs whose artifacts are being read for it. */
  private readonly giving = new Map<number, Promise<void>>()
  /** Jobs that wait, for their pipeline too, or run. */
  private jobCount = 0
  private bodyBytes = 0
  private lastId = 0

  constructor(timeoutMs: number, budget: MemoryBudget, log: Logger) {
    this.timeoutMs = timeoutMs
    this.budget = budget
    this.log = log
  }

  /**
   * Predicts in the thread; `body` is given away. Throws ServiceError: what is wrong with the request,
   * PREDICTION_TIMED_OUT, or OVERLOADED when too many wait.
   */
  async predict(input: JobInput): Promise<WorkerAnswer> {
    const body = 'body' in input ? input.body : new Uint8Array()
    const bodyBytes = typeof body === 'string' ? 0 : body.length
    if (this.jobCount >= JOBS_MAX || this.bodyBytes + bodyBytes > BODY_BYTES_MAX) {
      throw new ServiceError('OVERLOADED', `${this.jobCount} predictions of many rows wait already`)
    }
    const isLarge = typeof body === 'string' || bodyBytes > LARGE_BODY_BYTES
    if (isLarge && this.streams.size >= STREAMS_MAX) {
      throw new ServiceError('OVERLOADED', `${this.streams.size} large answers are still being taken`)
    }
    const { artifact, module, ...rest } = input
    const { runId } = rest
    const id = ++this.lastId
    const stop = new StopFlag()
    let timer: NodeJS.Timeout | undefined
    let killTimer: NodeJS.Timeout | undefined
    // Its time begins when the thread and the pipeline are there: only the first prediction waits for those.
    const begin = (): void => {
      clearTimeout(killTimer)
      timer = setTimeout(() => stop.set(), this.timeoutMs)
      killTimer = setTimeout(() => this.endStuck(id), this.timeoutMs + STOP_GRACE_MS)
    }
    this.jobCount += 1
    this.bodyBytes += bodyBytes
    try {
      while (!this.held.has(runId)) await this.give(runId, module, artifact)
      killTimer = setTimeout(() => this.endStuck(id), LOAD_TIMEOUT_MS)
      const settled = await new Promise<Outcome | ServiceError>((settle) => {
        this.waiting.set(id, { settle, begin })
        const job: Job = { ...rest, id, stop: stop.buffers, timeoutMs: this.timeoutMs }
        this.send(job, transferableOf(body))
      })
      if (settled instanceof ServiceError) throw settled
      if ('chunk' in settled) return this.answerOf(id, settled)
      // What had not begun could not be loaded.
      if (timer === undefined) this.forget(runId)
      throw 'refusal' in settled ? errorOf(settled.refusal) : settled.error
    } finally {
      clearTimeout(timer)
      clearTimeout(killTimer)
      this.jobCount -= 1
      this.bodyBytes -= bodyBytes
      this.waiting.delete(id)
    }
  }

  /** Brings the thread the artifact of a run, once for all who wait for it. */
  private give(runId: number, module: string, source: ArtifactSource): Promise<void> {
    const give = async (): Promise<void> => {
      const isKept = typeof source !== 'function'
      const artifact = isKept ? source : await source()
      this.send({ type: 'load', runId, module, artifact }, isKept ? [] : transferableOf(artifact))
      this.held.add(runId)
    }
    let giving = this.giving.get(runId)
    if (giving === undefined) {
      giving = give().finally(() => this.giving.delete(runId))
      this.giving.set(runId, giving)
    }
    return giving
  }

  private answerOf(id: number, { chunk, isLast, ...figures }: ThreadAnswer): WorkerAnswer {
    if (isLast) return { ...figures, answer: chunk }
    const { worker } = this
    const answer = new AnswerStream(id, { chunk, isLast }, (message) => worker?.postMessage(message))
    this.streams.set(id, answer)
    answer.once('close', () => this.streams.delete(id))
    return { ...figures, answer }
  }

  /** Lets the thread drop the pipeline of a run. */
  forget(runId: number): void {
    if (this.held.delete(runId)) this.send({ type: 'forget', runId })
  }

  async close(): Promise<void> {
    await this.worker?.terminate()
  }

  private send(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.worker ??= this.start()
    this.worker.postMessage(message, transfer)
  }

  private start(): Worker {
    const workerData: SharedBudget = this.budget.shared
    const worker = new Worker(new URL('./prediction-thread.ts', import.meta.url), { workerData })
    worker.unref()
    worker.on('message', (message: FromThread) => {
      if ('begun' in message) this.waiting.get(message.id)?.begin()
      else if ('chunk' in message && !('isFirst' in message)) this.streams.get(message.id)?.receive(message)
      else this.waiting.get(message.id)?.settle(message)
    })
    worker.on('error', (error) => this.log.error({ err: error }, 'the prediction thread failed'))
    worker.once('exit', () => {
      if (this.worker === worker) this.worker = undefined
      this.budget.threadEnded('prediction')
      this.held.clear()
      const ended = new ServiceError('OVERLOADED', 'the prediction thread ended; try again')
      for (const { settle } of this.waiting.values()) settle(ended)
      for (const stream of this.streams.values()) stream.destroy(ended)
    })
    return worker
  }

  /** A pipeline that does not look at its stop flag takes the thread, and what else waits there, with it. */
  private endStuck(id: number): void {
    this.log.error('a prediction did not stop when its time was over; its thread is ended')
    this.waiting.get(id)?.settle(predictionTimedOut(this.timeoutMs))
    this.worker?.terminate()
  }
}

/** The buffer behind the bytes, where they are all of it and it can be given away. */
function transferableOf(body: BodyBytes): ArrayBuffer[] {
  if (typeof body === 'string') return []
  const { buffer, byteLength } = body
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
