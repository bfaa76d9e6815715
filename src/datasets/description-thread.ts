// The entry of the thread that describes data sets, away from the service's thread.
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { holdForTables, MemoryBudget } from '../memory/memory-budget.ts'
import { byteLengthOf } from '../rows/byte-window.ts'
import { answerCalls } from '../threads/answer-calls.ts'
import { describeBody } from './describe-body.ts'
import type { DescriptionCalls, DescriptionData } from './description-messages.ts'
import { NewFile } from './sieve/new-file.ts'
import { sieveRows } from './sieve/sieve-rows.ts'

const budget = new MemoryBudget((workerData as DescriptionData).budget, 'datasets')

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<DescriptionCalls>({
  async describe({ body, shape }) {
    const memory = holdForTables(budget, byteLengthOf(body))
    try {
      return await describeBody(body, shape, memory)
    } finally {
      memory.release()
    }
  },
  async sieve({ body, shape, sought, target }) {
    const memory = holdForTables(budget, byteLengthOf(body))
    const file = new NewFile(target)
    try {
      const sieved = await sieveRows(body, shape, sought, (bytes) => file.add(bytes), memory)
      file.end()
      return sieved
    } finally {
      file.close()
      memory.release()
    }
  },
})
