// The entry of the thread that checks imports, away from the service's thread: it may be ended at any moment.
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { invalidRequest } from '../../errors.ts'
import { LOADING_BYTES_PER_BYTE } from '../../memory/loading.ts'
import { MemoryBudget } from '../../memory/memory-budget.ts'
import { FaultList } from '../../model/faults.ts'
import { loadModel } from '../../registry/discover.ts'
import { type BodyBytes, byteLengthOf, chunksOf } from '../../rows/byte-window.ts'
import { answerCalls } from '../../threads/answer-calls.ts'
import { checkImport } from './check-import.ts'
import type { CheckedImport } from './checked-import.ts'
import type { ImportCalls, ImportThreadData } from './import-messages.ts'
import type { ModelFormat } from './import-options.ts'
import { readFormat } from './option-faults.ts'

const budget = new MemoryBudget((workerData as ImportThreadData).budget, 'imports')

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<ImportCalls>(
  {
    async check({ file, format, golden, wish, module, timeoutMs }) {
      const memory = budget.hold('the model and its golden rows')
      try {
        memory.take(LOADING_BYTES_PER_BYTE * byteLengthOf(file))
        const { model } = await loadModel(module)
        const bytes = wholeOf(file)
        const question = { file: bytes, format: knownFormat(format, bytes), golden, wish }
        return await checkImport(question, { model, memory, timeoutMs })
      } finally {
        memory.release()
      }
    },
  },
  (answer) => [(answer as CheckedImport).artifact.buffer],
)

function knownFormat(said: ModelFormat | undefined, file: Uint8Array): ModelFormat {
  const faults = new FaultList()
  const format = readFormat(said, file, faults)
  if (format === undefined) throw invalidRequest(faults)
  return format
}

function wholeOf(file: BodyBytes): Uint8Array {
  const bytes = new Uint8Array(byteLengthOf(file))
  let at = 0
  for (const chunk of chunksOf(file)) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
