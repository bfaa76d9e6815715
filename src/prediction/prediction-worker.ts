// The service's side of the prediction thread: brings it the pipelines that it needs and the work for them.
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { ThreadClient } from '../threads/thread-client.ts'
import { AnswerStream } from './answer-stream.ts'
import type { ArtifactSource } from './pipeline-cache.ts'
import { predictionTimedOut } from './predict.ts'
import type {
  AnswerChunk,
  DescribeJob,
  Job,
  PredictionCalls,
  RowsJob,
  TensorsJob,
  ThreadAnswer,
} from './thread-messages.ts'

/** Predictions that may wait or run in the thread, and the bytes of those of their bodies that are in memory. */
const JOBS_MAX = 256
const BODY_BYTES_MAX = 2 ** 30
/** Large answers that may be on their way at once: the thread keeps their predictions meanwhile. */
const STREAMS_MAX = 8
/** Bodies beyond this may have large answers. */
const LARGE_BODY_BYTES = 2 ** 20
/** What the thread may take to load a pipeline, and to begin with a job. */
const START_TIMEOUT_MS = 60_000
/** What a thread gets to notice that a prediction is to stop. */
const STOP_GRACE_MS = 2_000

/** A job as it is given: the thread's part of it comes with its sending, and the pipeline before it. */
type Given<J extends Job> = Omit<J, 'id' | 'stop' | 'timeoutMs'> & {
  readonly module: string
  readonly artifact: ArtifactSource
}
export type JobInput = Given<RowsJob> | Given<TensorsJob> | Given<DescribeJob>

export interface JobOptions {
  /** The body is copied: it stays with whoever gives it. */
  readonly isBodyKept?: boolean | undefined
  /** It is to stop after so long, which is no longer than it may take. Default: as long as it may take. */
  readonly stopAfterMs?: number | undefined
}

/** At once, or as the client takes it. */
export type AnswerBytes = Uint8Array | AnswerStream

/** An answer, at once when it is not large. */
export type WorkerAnswer = Omit<ThreadAnswer, keyof AnswerChunk> & {
  readonly answer: AnswerBytes
  /** What the thread holds for the run. */
  readonly heldBytes: number
}

export class PredictionWorker {
  private readonly timeoutMs: number
  private readonly thread: ThreadClient<PredictionCalls>
  /** Answers whose end is still to come. */
  private readonly streams = new Set<AnswerStream>()
  /** Bytes of the pipelines that the thread has, by run. */
  private readonly held = new Map<number, number>()
  /** Runs whose pipelines are on their way to the thread. */
  private readonly loading = new Map<number, Promise<void>>()
  private lastId = 0
  private jobCount = 0
  private bodyBytes = 0

  constructor(timeoutMs: number, budget: MemoryBudget, log: Logger) {
    this.timeoutMs = timeoutMs
    this.thread = new ThreadClient({
      name: 'prediction thread',
      entry: new URL('./prediction-thread.ts', import.meta.url),
      workerData: budget.shared,
      onEnded: (reason) => {
        budget.threadEnded('prediction')
        this.held.clear()
        for (const stream of this.streams) stream.destroy(reason)
      },
      log,
    })
  }

  /**
   * Predicts in the thread; `body` is given away, unless it is kept. Throws ServiceError: what is wrong with the request,
   * PREDICTION_TIMED_OUT, or OVERLOADED when too many wait.
   */
  async predict(input: JobInput, { isBodyKept = false, stopAfterMs }: JobOptions = {}): Promise<WorkerAnswer> {
    const body = 'body' in input ? input.body : new Uint8Array()
    const bodyBytes = body instanceof Uint8Array ? body.length : 0
    if (this.jobCount >= JOBS_MAX || this.bodyBytes + bodyBytes > BODY_BYTES_MAX) {
      throw new ServiceError('OVERLOADED', `${this.jobCount} predictions of many rows wait already`)
    }
    const isLarge = !(body instanceof Uint8Array) || bodyBytes > LARGE_BODY_BYTES
    if (isLarge && this.streams.size >= STREAMS_MAX) {
      throw new ServiceError('OVERLOADED', `${this.streams.size} large answers are still being taken`)
    }
    const { artifact, module, ...rest } = input
    const { runId } = rest
    const stop = new StopFlag()
    const job: Job = { ...rest, id: ++this.lastId, stop: stop.buffers, timeoutMs: this.timeoutMs }
    let timer: NodeJS.Timeout | undefined
    // Its time begins when the thread and the pipeline are there: only the first prediction waits for those.
    const onBegun = (): number => {
      timer = setTimeout(() => stop.set(), Math.min(stopAfterMs ?? this.timeoutMs, this.timeoutMs))
      return this.timeoutMs + STOP_GRACE_MS
    }
    this.jobCount += 1
    this.bodyBytes += bodyBytes
    try {
      while (!this.held.has(runId)) await this.load(runId, module, artifact)
      const loadedBytes = this.held.get(runId) as number
      const given = { ...this.limits(runId), onBegun, transfer: isBodyKept ? [] : transferableOf(body) }
      const { chunk, isLast, heldBytes: grown, ...figures } = await this.thread.ask('predict', job, given)
      // Unless the thread was told to forget it meanwhile.
      if (grown !== undefined && this.held.has(runId)) this.held.set(runId, grown)
      const heldBytes = this.held.get(runId) ?? loadedBytes
      return { ...figures, heldBytes, answer: isLast ? chunk : this.streamOf(job.id, { chunk, isLast }) }
    } finally {
      clearTimeout(timer)
      this.jobCount -= 1
      this.bodyBytes -= bodyBytes
    }
  }

  /** Lets the thread drop the pipeline of a run. */
  forget(runId: number): void {
    if (this.held.delete(runId)) this.thread.tell('forget', runId)
  }

  close(): Promise<void> {
    return this.thread.close()
  }

  /** A pipeline that does not look at its stop flag takes the thread, and what else waits there, with it. */
  private limits(runId: number) {
    return {
      timeoutMs: START_TIMEOUT_MS,
      timedOut: () => predictionTimedOut(this.timeoutMs),
      about: { runId },
    }
  }

  /** Brings the thread the artifact of a run, once for all who wait for it. */
  private load(runId: number, module: string, source: ArtifactSource): Promise<void> {
    const load = async (): Promise<void> => {
      const isKept = typeof source !== 'function'
      const artifact = isKept ? source : await source()
      const given = { ...this.limits(runId), transfer: isKept ? [] : transferableOf(artifact) }
      const { heldBytes } = await this.thread.ask('load', { runId, module, artifact }, given)
      this.held.set(runId, heldBytes)
    }
    let loading = this.loading.get(runId)
    if (loading === undefined) {
      loading = load().finally(() => this.loading.delete(runId))
      this.loading.set(runId, loading)
    }
    return loading
  }

  private streamOf(jobId: number, first: AnswerChunk): AnswerStream {
    const answer = new AnswerStream(first, {
      more: () => this.thread.ask('more', jobId),
      drop: () => this.thread.tell('drop', jobId),
    })
    this.streams.add(answer)
    answer.once('close', () => this.streams.delete(answer))
    return answer
  }
}

/** The buffer behind the bytes, where they are all of it and it can be given away. */
function transferableOf(body: BodyBytes): ArrayBuffer[] {
  if (!(body instanceof Uint8Array)) return []
  const { buffer, byteLength } = body
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
