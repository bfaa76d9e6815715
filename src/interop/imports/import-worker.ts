// The service's side of the thread that checks imports: they take turns.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import type { MemoryBudget } from '../../memory/memory-budget.ts'
import { ThreadClient } from '../../threads/thread-client.ts'
import type { CheckedImport } from './checked-import.ts'
import type { CheckQuestion, ImportCalls, ImportThreadData } from './import-messages.ts'

/** Imports that may wait; their files lie on the disk meanwhile. */
const WAITING_MAX = 8
/** Beside the prediction of the golden rows: reading the largest files takes some seconds. */
const READING_MS = 120_000
const IDLE_MS = 10_000
const YOUNG_GENERATION_MIB = 32
/** A file that is made to take more than it has bytes ends the thread, not the service. */
const OLD_GENERATION_MIB = 2048

export class ImportWorker {
  private readonly thread: ThreadClient<ImportCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(budget: MemoryBudget, log: Logger) {
    this.thread = new ThreadClient({
      name: 'import thread',
      entry: new URL('./import-thread.ts', import.meta.url),
      workerData: { budget: budget.shared } satisfies ImportThreadData,
      youngGenerationMib: YOUNG_GENERATION_MIB,
      oldGenerationMib: OLD_GENERATION_MIB,
      idleMs: IDLE_MS,
      onEnded: () => budget.threadEnded('imports'),
      log,
    })
  }

  /**
   * Throws ServiceError: what checkImport throws; IMPORTED_MODEL_FAILED where that takes too long or too much memory; OVERLOADED
   * where too many wait, or the thread ended.
   */
  async check(question: CheckQuestion): Promise<CheckedImport> {
    if (this.queue.size >= WAITING_MAX) {
      const detail = `${this.queue.size} imports wait to be checked`
      throw new ServiceError('OVERLOADED', detail, { retryAfterSeconds: 5 })
    }
    const timeoutMs = READING_MS + question.timeoutMs
    const timedOut = () =>
      new ServiceError('IMPORTED_MODEL_FAILED', `the file was not read and checked within ${timeoutMs / 1000} s`)
    return this.queue.add(async () => {
      try {
        return await this.thread.ask('check', question, { timeoutMs, timedOut })
      } catch (error) {
        const cause = (error as Error | undefined)?.cause as NodeJS.ErrnoException | undefined
        if (cause?.code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error
        // To send it again would come to the same.
        const detail = `to read and check the file takes more than ${OLD_GENERATION_MIB} MiB of memory`
        throw new ServiceError('IMPORTED_MODEL_FAILED', detail, { cause: error })
      }
    })
  }

  /** Imports that wait are refused. */
  close(): Promise<void> {
    return this.thread.close()
  }
}
