// The service's side of the comparison thread: comparisons take turns, each until its last answer.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import type { MemoryBudget } from '../../memory/memory-budget.ts'
import { ThreadClient } from '../../threads/thread-client.ts'
import type { ComparedLabel, ComparisonCalls, JudgedVersion, JudgeQuestion } from './comparison-messages.ts'

/** Comparisons that may wait for their turn. */
const WAITING_MAX = 8
/** Longest time for one version, and for the statistics. */
const ANSWER_TIMEOUT_MS = 300_000
/** An idle thread is ended after this. */
const IDLE_MS = 10_000

/** The thread, for the time of one comparison. */
export interface ComparisonTurn {
  /**
   * transfer: the buffer of the artifact, where it may be given away. Throws ServiceError: what is wrong with the rows for
   * this version, or OVERLOADED.
   */
  judge(question: JudgeQuestion, transfer: readonly ArrayBuffer[]): Promise<JudgedVersion>
  compare(): Promise<ComparedLabel[]>
}

export class ComparisonWorker {
  private readonly thread: ThreadClient<ComparisonCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(budget: MemoryBudget, log: Logger) {
    this.thread = new ThreadClient({
      name: 'comparison thread',
      entry: new URL('./comparison-thread.ts', import.meta.url),
      workerData: budget.shared,
      idleMs: IDLE_MS,
      onEnded: () => budget.threadEnded('comparison'),
      log,
    })
  }

  /** Does the work when the thread is free, and lets go of all that it holds. Throws ServiceError OVERLOADED. */
  async inTurn<T>(work: (turn: ComparisonTurn) => Promise<T>): Promise<T> {
    if (this.queue.size >= WAITING_MAX) {
      throw new ServiceError('OVERLOADED', `${this.queue.size} comparisons wait already`, { retryAfterSeconds: 5 })
    }
    const limits = { timeoutMs: ANSWER_TIMEOUT_MS }
    const turn: ComparisonTurn = {
      judge: (question, transfer) => this.thread.ask('judge', question, { ...limits, transfer }),
      compare: () => this.thread.ask('compare', undefined, limits),
    }
    return (await this.queue.add(async () => {
      const release = this.thread.keep()
      try {
        return await work(turn)
      } finally {
        this.thread.tell('drop', undefined)
        release()
      }
    })) as T
  }

  close(): Promise<void> {
    return this.thread.close()
  }
}
