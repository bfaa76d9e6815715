// The service's side of one worker thread: starts it at the first call, gives each call its answer, and ends the thread
// when it is idle or stuck.
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { errorOf, ServiceError } from '../errors.ts'
import type { Answer, CallName, FromThread, Question, ThreadCalls, ToThread } from './thread-calls.ts'

export interface ThreadOptions {
  /** In the log and in what callers are told: "intake thread". */
  readonly name: string
  /** The module of the thread; it calls answerCalls. */
  readonly entry: URL
  /** Copied to each thread that is started. */
  readonly workerData?: unknown
  /** Of what V8 collects most often, in MiB: little for a thread that makes much that is gone at once. */
  readonly youngGenerationMib?: number
  /** Of all else that V8 holds, in MiB: a thread with less collects earlier, and one that needs more ends. */
  readonly oldGenerationMib?: number
  /** A thread that nobody has used for so long is ended, in ms; without it a thread is kept until close. */
  readonly idleMs?: number
  /** Called when a thread has ended, whatever the reason, unless the next one runs already. */
  readonly onEnded?: (reason: ServiceError) => void
  /** Absent where whoever calls tells what went wrong. */
  readonly log?: Logger
}

export interface CallOptions {
  /** When this time is over, in ms, the call fails and the thread is ended: it is stuck. No limit by default. */
  readonly timeoutMs?: number
  /** Called when the thread begins with the call. Returns the limit from then on, in ms. */
  readonly onBegun?: () => number
  /** When it aborts, the call fails with its reason and the thread is ended; the next call gets another one, at once. */
  readonly signal?: AbortSignal
  /** What a call whose time is over throws; by default OVERLOADED. */
  readonly timedOut?: () => Error
  /** Buffers of the question that are given away, not copied. */
  readonly transfer?: readonly ArrayBuffer[]
  /** What the log says of a call that is stuck. */
  readonly about?: object
}

interface Pending {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
  readonly begin: () => void
}

export class ThreadClient<Calls extends ThreadCalls<Calls>> {
  private readonly options: ThreadOptions
  /** The thread that takes calls; one that ended because it was idle is nobody's while it goes. */
  private thread: Worker | undefined
  private readonly pending = new Map<number, Pending>()
  private lastId = 0
  private userCount = 0
  private idleTimer: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(options: ThreadOptions) {
    this.options = options
  }

  /**
   * Asks the thread, which is started if there is none. Throws what the call ends in: the thread's ServiceError or other
   * error; OVERLOADED when the thread ends, with the error that it ended with as its cause, when the time is over, or after close.
   */
  async ask<Name extends CallName<Calls>>(
    name: Name,
    question: Question<Calls, Name>,
    { timeoutMs, onBegun, timedOut, transfer = [], about, signal }: CallOptions = {},
  ): Promise<Answer<Calls, Name>> {
    if (this.isClosed) throw this.ended()
    const id = ++this.lastId
    this.thread ??= this.start()
    const { thread } = this
    const release = this.keep()
    let timer: NodeJS.Timeout | undefined
    let abort = (): void => {}
    try {
      // The process lives on for a call that waits, and not for a thread.
      thread.ref()
      thread.postMessage({ id, name, question, isBeginTold: onBegun !== undefined } satisfies ToThread, transfer)
      const answer = await new Promise<unknown>((resolve, reject) => {
        const limitTo = (limitMs: number): void => {
          clearTimeout(timer)
          timer = setTimeout(() => {
            this.options.log?.error(about ?? {}, `the ${this.options.name} did not answer in time and is ended`)
            reject(timedOut?.() ?? this.notInTime())
            void thread.terminate()
          }, limitMs)
        }
        const begin = (): void => {
          if (onBegun !== undefined) limitTo(onBegun())
        }
        this.pending.set(id, { resolve, reject, begin })
        abort = () => {
          reject(signal?.reason)
          this.abandon(thread)
        }
        signal?.addEventListener('abort', abort)
        if (timeoutMs !== undefined) limitTo(timeoutMs)
      })
      return answer as Answer<Calls, Name>
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      this.pending.delete(id)
      if (this.pending.size === 0) thread.unref()
      release()
    }
  }

  /** Tells the thread something, if it runs; nobody hears what comes of it. */
  tell<Name extends CallName<Calls>>(name: Name, question: Question<Calls, Name>): void {
    this.thread?.postMessage({ id: undefined, name, question, isBeginTold: false } satisfies ToThread)
  }

  /** The thread does not count as idle until the function that this returns is called; calling it again does nothing. */
  keep(): () => void {
    clearTimeout(this.idleTimer)
    this.userCount += 1
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      this.userCount -= 1
      if (this.userCount === 0) this.endWhenIdle()
    }
  }

  /** Ends the thread. Calls that wait throw OVERLOADED, and so does every later call. */
  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.idleTimer)
    await this.thread?.terminate()
  }

  private start(): Worker {
    const { name, entry, workerData, youngGenerationMib: young, oldGenerationMib: old, onEnded, log } = this.options
    const resourceLimits = {
      ...(young === undefined ? {} : { maxYoungGenerationSizeMb: young }),
      ...(old === undefined ? {} : { maxOldGenerationSizeMb: old }),
    }
    const thread = new Worker(entry, { workerData, resourceLimits })
    thread.unref()
    thread.on('message', (message: FromThread) => this.receive(message))
    let cause: Error | undefined
    thread.on('error', (error) => {
      cause = error
      log?.error({ err: error }, `the ${name} failed`)
    })
    thread.once('exit', () => {
      // The next one runs already: this one was idle, so it held nothing and nobody waits for it.
      if (this.thread !== undefined && this.thread !== thread) return
      this.thread = undefined
      const reason = this.ended(cause)
      for (const { reject } of this.pending.values()) reject(reason)
      onEnded?.(reason)
    })
    return thread
  }

  /** Its other calls are for nobody any more; onEnded hears of it only where no call comes before it is gone. */
  private abandon(thread: Worker): void {
    if (this.thread === thread) {
      this.thread = undefined
      const reason = this.ended()
      for (const { reject } of this.pending.values()) reject(reason)
      this.pending.clear()
    }
    void thread.terminate()
  }

  private receive(message: FromThread): void {
    const call = this.pending.get(message.id)
    if (call === undefined) return
    if ('begun' in message) call.begin()
    else if ('answer' in message) call.resolve(message.answer)
    else call.reject('refusal' in message ? errorOf(message.refusal) : message.error)
  }

  private endWhenIdle(): void {
    const { idleMs } = this.options
    if (idleMs === undefined || this.isClosed) return
    this.idleTimer = setTimeout(() => {
      const { thread } = this
      // At once: a call that comes while it ends is for the next thread.
      this.thread = undefined
      void thread?.terminate()
    }, idleMs).unref()
  }

  private ended(cause?: Error): ServiceError {
    return new ServiceError('OVERLOADED', `the ${this.options.name} ended; try again`, { cause })
  }

  private notInTime(): ServiceError {
    return new ServiceError('OVERLOADED', `the ${this.options.name} did not answer in time; try again`)
  }
}
