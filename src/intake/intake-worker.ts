// The service's side of the intake thread: starts it when a large body comes, and ends it when none has come for a while.
import { Worker } from 'node:worker_threads'
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { errorOf, ServiceError } from '../errors.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { FromIntake, IntakeData, ToIntake } from './intake-messages.ts'
import type { TrainingHead } from './read-training.ts'

/** Large bodies that may wait for the thread; they lie on the disk meanwhile. */
const WAITING_MAX = 16
/** Longest time for a body: no limit of configuration makes it reach this, but a model class that hangs does. */
const ANSWER_TIMEOUT_MS = 300_000
/** An idle thread is ended after this: it holds memory for nothing. */
const IDLE_MS = 10_000

/** Work that is read, and not yet on disk. */
export interface PreparedTraining {
  readonly run: AcceptedRun
  /** Writes it, for that run, to a file of the spool, and lets it go. Throws when the disk does not take it. */
  write(path: string, run: AcceptedRun): Promise<void>
  /** Lets it go. */
  drop(): void
}

export class IntakeWorker {
  private readonly modules: ReadonlyMap<string, string>
  private readonly budget: MemoryBudget
  private readonly log: Logger
  private readonly queue = new PQueue({ concurrency: 1 })
  private worker: Worker | undefined
  private settle: ((answer: FromIntake) => void) | undefined
  private idleTimer: NodeJS.Timeout | undefined

  /** modules: those of the models, by their names. */
  constructor(modules: ReadonlyMap<string, string>, budget: MemoryBudget, log: Logger) {
    this.modules = modules
    this.budget = budget
    this.log = log
  }

  /**
   * Reads a body in the thread, which then holds its work until that is written or dropped; others wait meanwhile.
   * onModel is told the model's name as soon as it is known, and its refusal goes before those of the body.
   * Throws ServiceError: what is wrong with the request, or OVERLOADED.
   */
  async read(
    head: TrainingHead,
    body: BodyBytes,
    onModel: (name: string) => Promise<unknown>,
  ): Promise<PreparedTraining> {
    if (this.queue.size >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${this.queue.size} large bodies wait to be read`, { retryAfterSeconds: 5 })
    }
    const release = await this.turn()
    try {
      const answer = await this.ask({ type: 'read', head, body })
      if (answer.type === 'failed') throw answer.error
      const modelName = answer.type === 'read' ? answer.run.modelName : answer.type === 'refused' && answer.modelName
      if (typeof modelName === 'string') await onModel(modelName)
      if (answer.type === 'refused') throw errorOf(answer.refusal)
      if (answer.type !== 'read') throw new Error(`the intake thread answered "${answer.type}" to a body`)
      return this.prepared(answer.run, release)
    } catch (error) {
      this.letGo(release)
      throw error
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.idleTimer)
    await this.worker?.terminate()
  }

  private prepared(run: AcceptedRun, release: () => void): PreparedTraining {
    let isHeld = true
    const drop = (): void => {
      if (isHeld) this.letGo(release)
      isHeld = false
    }
    const write = async (path: string, of: AcceptedRun): Promise<void> => {
      try {
        const answer = await this.ask({ type: 'write', path, run: of })
        if (answer.type === 'failed') throw answer.error
      } finally {
        drop()
      }
    }
    return { run, write, drop }
  }

  /** Resolves when the thread is free; the next one waits until what it gives is called. */
  private turn(): Promise<() => void> {
    return new Promise((resolve) => {
      void this.queue.add(() => new Promise<void>((release) => resolve(release)))
    })
  }

  private letGo(release: () => void): void {
    this.worker?.postMessage({ type: 'drop' } satisfies ToIntake)
    release()
    clearTimeout(this.idleTimer)
    this.idleTimer = setTimeout(() => {
      if (this.queue.pending > 0) return
      const { worker } = this
      // At once: a body that comes while it ends is another thread's.
      this.worker = undefined
      void worker?.terminate()
    }, IDLE_MS).unref()
  }

  private ask(message: ToIntake): Promise<FromIntake> {
    this.worker ??= this.start()
    const { worker } = this
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.log.error('a large body was not read in time; the intake thread is ended')
        void worker.terminate()
      }, ANSWER_TIMEOUT_MS)
      this.settle = (answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      worker.postMessage(message)
    })
  }

  private start(): Worker {
    const workerData: IntakeData = { modules: this.modules, budget: this.budget.shared }
    const worker = new Worker(new URL('./intake-thread.ts', import.meta.url), { workerData })
    worker.unref()
    worker.on('message', (answer: FromIntake) => this.settle?.(answer))
    worker.on('error', (error) => this.log.error({ err: error }, 'the intake thread failed'))
    worker.once('exit', () => {
      // The one after it begins when it is asked, which is after this.
      if (this.worker === worker || this.worker === undefined) this.budget.threadEnded('intake')
      if (this.worker !== worker) return
      this.worker = undefined
      this.settle?.({ type: 'failed', error: new ServiceError('OVERLOADED', 'the intake thread ended; try again') })
    })
    return worker
  }
}
