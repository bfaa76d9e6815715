// The service's side of the thread that describes data sets: they take turns.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import type { MemoryBudget } from '../memory/memory-budget.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import type { Question } from '../threads/thread-calls.ts'
import { ThreadClient } from '../threads/thread-client.ts'
import type { DatasetDescription, DatasetShape } from './describe-body.ts'
import type { DescriptionCalls, DescriptionData } from './description-messages.ts'
import type { SievedRows } from './sieve/sieve-rows.ts'

/** Data sets that may wait; they lie on the disk meanwhile. */
const WAITING_MAX = 16
/** Gigabytes take minutes. */
const TIMEOUT_MS = 1_800_000
const IDLE_MS = 10_000
const YOUNG_GENERATION_MIB = 8
/** For eight million short texts. With 2 GiB or more V8 lets a small heap grow to four times its size before it collects. */
const OLD_GENERATION_MIB = 1024

export class DescriptionWorker {
  private readonly thread: ThreadClient<DescriptionCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(budget: MemoryBudget, log: Logger) {
    this.thread = new ThreadClient({
      name: 'data set thread',
      entry: new URL('./description-thread.ts', import.meta.url),
      workerData: { budget: budget.shared } satisfies DescriptionData,
      youngGenerationMib: YOUNG_GENERATION_MIB,
      oldGenerationMib: OLD_GENERATION_MIB,
      idleMs: IDLE_MS,
      onEnded: () => budget.threadEnded('datasets'),
      log,
    })
  }

  /** Throws ServiceError: what is wrong with the rows, or OVERLOADED when too many wait. */
  async describe(body: BodyBytes, shape: DatasetShape): Promise<DatasetDescription> {
    if (this.queue.size >= WAITING_MAX) {
      const detail = `${this.queue.size} data sets wait to be described`
      throw new ServiceError('OVERLOADED', detail, { retryAfterSeconds: 5 })
    }
    return this.queue.add(() => this.thread.ask('describe', { body, shape }, { timeoutMs: TIMEOUT_MS }))
  }

  /** Takes rows out of a file, in a turn between data sets that are described. Throws ServiceError, and of the disk. */
  async sieve(question: Question<DescriptionCalls, 'sieve'>): Promise<SievedRows> {
    return this.queue.add(() => this.thread.ask('sieve', question, { timeoutMs: TIMEOUT_MS }))
  }

  /** Data sets that wait are refused. */
  close(): Promise<void> {
    return this.thread.close()
  }
}
