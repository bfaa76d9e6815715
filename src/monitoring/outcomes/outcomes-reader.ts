// Where a body of outcomes is read: small ones here and now, large ones in a thread, one after the other.
import PQueue from 'p-queue'
import type { Logger } from 'pino'
import { ServiceError } from '../../errors.ts'
import { holdForTables, type MemoryBudget } from '../../memory/memory-budget.ts'
import { bytesOf, lengthOf, type ReceivedBody, smallBytesOf } from '../../rows/body-file.ts'
import { isBinaryForm } from '../../rows/forms.ts'
import { ThreadClient } from '../../threads/thread-client.ts'
import type { GivenOutcome } from './outcome.ts'
import type { OutcomesCalls, OutcomesThreadData } from './outcomes-messages.ts'
import { type OutcomesShape, readOutcomes } from './read-outcomes.ts'

/** A row has some hundred bytes; what is larger has more rows than a request may have. */
export const BODY_BYTES_MAX = 2 ** 26
const WAITING_MAX = 16
const TIMEOUT_MS = 120_000
const IDLE_MS = 10_000

export class OutcomesReader {
  private readonly budget: MemoryBudget
  private readonly thread: ThreadClient<OutcomesCalls>
  private readonly queue = new PQueue({ concurrency: 1 })

  constructor(budget: MemoryBudget, log: Logger) {
    this.budget = budget
    this.thread = new ThreadClient({
      name: 'outcomes thread',
      entry: new URL('./outcomes-thread.ts', import.meta.url),
      workerData: { budget: budget.shared } satisfies OutcomesThreadData,
      idleMs: IDLE_MS,
      onEnded: () => budget.threadEnded('outcomes'),
      log,
    })
  }

  /** Throws ServiceError: what is wrong with the rows, BODY_TOO_LARGE, or OVERLOADED when too many wait. */
  async read(body: ReceivedBody | undefined, shape: OutcomesShape): Promise<GivenOutcome[]> {
    const byteLength = lengthOf(body)
    if (byteLength > BODY_BYTES_MAX) {
      const detail = `expected ${BODY_BYTES_MAX} bytes of outcomes at the most, got ${byteLength}; send them in parts`
      throw new ServiceError('BODY_TOO_LARGE', detail)
    }
    const small = isBinaryForm(shape.form) ? undefined : smallBytesOf(body)
    if (small !== undefined) return this.readHere(small, shape)
    if (this.queue.size >= WAITING_MAX) {
      const detail = `${this.queue.size} large bodies of outcomes wait to be read`
      throw new ServiceError('OVERLOADED', detail, { retryAfterSeconds: 5 })
    }
    const question = { body: bytesOf(body), shape }
    return this.queue.add(() => this.thread.ask('read', question, { timeoutMs: TIMEOUT_MS }))
  }

  close(): Promise<void> {
    return this.thread.close()
  }

  private async readHere(bytes: Uint8Array, shape: OutcomesShape): Promise<GivenOutcome[]> {
    const memory = holdForTables(this.budget, bytes.length)
    try {
      return await readOutcomes(bytes, shape, memory)
    } finally {
      memory.release()
    }
  }
}
