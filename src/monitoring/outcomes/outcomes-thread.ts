// The entry of the thread that reads large bodies of outcomes, away from the service's thread.
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { holdForTables, MemoryBudget } from '../../memory/memory-budget.ts'
import { byteLengthOf } from '../../rows/byte-window.ts'
import { answerCalls } from '../../threads/answer-calls.ts'
import type { OutcomesCalls, OutcomesThreadData } from './outcomes-messages.ts'
import { readOutcomes } from './read-outcomes.ts'

const budget = new MemoryBudget((workerData as OutcomesThreadData).budget, 'outcomes')

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<OutcomesCalls>({
  async read({ body, shape }) {
    const memory = holdForTables(budget, byteLengthOf(body))
    try {
      return await readOutcomes(body, shape, memory)
    } finally {
      memory.release()
    }
  },
})
