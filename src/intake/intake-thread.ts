// The entry of the intake thread: turns large bodies into work and writes it to the spool, away from the service's thread.
import { stat } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { workerData } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import { holdForTables, MemoryBudget, type MemoryHold } from '../memory/memory-budget.ts'
import type { Model } from '../model/model.ts'
import { loadModel } from '../registry/discover.ts'
import { byteLengthOf } from '../rows/byte-window.ts'
import { eraseRows, findRows, type RowsOfValue } from '../spool/erase-rows.ts'
import { SpoolFileError, type TrainingWork, writeWork } from '../spool/spool-file.ts'
import { answerCalls } from '../threads/answer-calls.ts'
import type { Question } from '../threads/thread-calls.ts'
import type { IntakeCalls, IntakeData, ReadOutcome } from './intake-messages.ts'
import { readTraining } from './read-training.ts'

const { modules, budget: sharedBudget } = workerData as IntakeData
const budget = new MemoryBudget(sharedBudget, 'intake')
/** The work, and the memory of its tables. */
let held: { readonly work: TrainingWork; readonly memory: MemoryHold } | undefined

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

answerCalls<IntakeCalls>({ read, write, drop, erase })

async function read({ head, body }: Question<IntakeCalls, 'read'>): Promise<ReadOutcome> {
  let { modelName } = head
  const modelOf = async (name: string): Promise<Model> => {
    modelName = name
    const module = modules.get(name)
    // The registry says it better; it knows the table too.
    if (module === undefined) throw new ServiceError('MODEL_UNKNOWN', `no model ${JSON.stringify(name.slice(0, 255))}`)
    return (await loadModel(module)).model
  }
  const memory = holdForTables(budget, byteLengthOf(body))
  try {
    const { work, earlierDigest } = await readTraining(head, body, modelOf, memory)
    held = { work, memory }
    return { run: work.run, earlierDigest }
  } catch (error) {
    memory.release()
    if (error instanceof ServiceError) return { refusal: refusalOf(error), modelName }
    throw error
  }
}

async function write({ path, run, sealing }: Question<IntakeCalls, 'write'>): Promise<void> {
  try {
    if (held === undefined) throw new Error('the work is gone: another thread had read it')
    await writeWork(path, { ...held.work, run }, sealing)
  } finally {
    drop()
  }
}

function drop(): void {
  held?.memory.release()
  held = undefined
}

async function erase({
  path,
  sought,
  isInUse,
  keys,
}: Question<IntakeCalls, 'erase'>): Promise<RowsOfValue | undefined> {
  const memory = budget.hold('the rows of a waiting run')
  try {
    const { size } = await stat(path)
    // A second table, of the rows that stay.
    memory.take(isInUse ? size : 2 * size)
    return await (isInUse ? findRows : eraseRows)(path, sought, keys)
  } catch (error) {
    if (error instanceof SpoolFileError) return undefined
    throw error
  } finally {
    memory.release()
  }
}
