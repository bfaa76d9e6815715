// The service's side of the intake thread: large bodies take turns, and each turn lasts until the work is on the disk.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import type { SealingKey } from '../encryption/key-ring.ts'
import { errorOf, ServiceError } from '../errors.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { RowsOfValue } from '../spool/erase-rows.ts'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { Question } from '../threads/thread-calls.ts'
import { ThreadClient } from '../threads/thread-client.ts'
import type { IntakeCalls, IntakeData, ReadRun } from './intake-messages.ts'
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
  /** By which its request may be known since before, beside the digest of the run. */
  readonly earlierDigest: string
  /**
   * Writes it, for that run, to a file of the spool, sealed where there is a key, and lets it go. Throws when the disk does
   * not take it.
   */
  write(path: string, run: AcceptedRun, sealing: SealingKey | undefined): Promise<void>
  /** Lets it go. */
  drop(): void
}

export class IntakeWorker {
  private readonly thread: ThreadClient<IntakeCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  /** modules: those of the models, by their names. */
  constructor(modules: ReadonlyMap<string, string>, budget: MemoryBudget, log: Logger) {
    this.thread = new ThreadClient({
      name: 'intake thread',
      entry: new URL('./intake-thread.ts', import.meta.url),
      workerData: { modules, budget: budget.shared } satisfies IntakeData,
      idleMs: IDLE_MS,
      onEnded: () => budget.threadEnded('intake'),
      log,
    })
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
    const endTurn = await this.turn()
    try {
      const outcome = await this.thread.ask('read', { head, body }, { timeoutMs: ANSWER_TIMEOUT_MS })
      const modelName = 'run' in outcome ? outcome.run.modelName : outcome.modelName
      if (modelName !== undefined) await onModel(modelName)
      if ('refusal' in outcome) throw errorOf(outcome.refusal)
      return this.prepared(outcome, endTurn)
    } catch (error) {
      endTurn()
      throw error
    }
  }

  /**
   * Takes the rows with a value out of a file of the spool, in a turn between bodies; isInUse: only counts them. Undefined
   * of a file that is damaged. Throws ServiceError MEMORY_EXCEEDED or OVERLOADED where the file needs more memory than
   * there is, and what reading and writing it throw.
   */
  async erase(question: Question<IntakeCalls, 'erase'>): Promise<RowsOfValue | undefined> {
    const endTurn = await this.turn()
    try {
      return await this.thread.ask('erase', question, { timeoutMs: ANSWER_TIMEOUT_MS })
    } finally {
      endTurn()
    }
  }

  /** Bodies that wait are refused. */
  close(): Promise<void> {
    return this.thread.close()
  }

  private prepared({ run, earlierDigest }: ReadRun, endTurn: () => void): PreparedTraining {
    const write: PreparedTraining['write'] = async (path, of, sealing) => {
      try {
        await this.thread.ask('write', { path, run: of, sealing }, { timeoutMs: ANSWER_TIMEOUT_MS })
      } finally {
        endTurn()
      }
    }
    return { run, earlierDigest, write, drop: endTurn }
  }

  /**
   * Resolves when the thread is free. The next one waits until the function that this gives is called: then the thread
   * lets its work go. Calling it again does nothing.
   */
  private turn(): Promise<() => void> {
    return new Promise((resolve) => {
      void this.queue.add(
        () =>
          new Promise<void>((next) => {
            const release = this.thread.keep()
            let isOver = false
            resolve(() => {
              if (isOver) return
              isOver = true
              this.thread.tell('drop', undefined)
              release()
              next()
            })
          }),
      )
    })
  }
}
