// The entry of the intake thread: turns large bodies into work and writes it to the spool, away from the service's thread.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { refusalOf, ServiceError } from '../errors.ts'
import type { Model } from '../model/model.ts'
import { loadModel } from '../registry/discover.ts'
import type { FromIntake, ToIntake } from './intake-messages.ts'
import { readTraining } from './read-training.ts'
import { type TrainingWork, writeWork } from './spool-file.ts'

/** The modules of the models, by their names. */
const modules = workerData as ReadonlyMap<string, string>
let held: TrainingWork | undefined

// On Linux this is of the calling thread only: the service goes first.
setPriority(10)

parentPort?.on('message', async (message: ToIntake) => {
  if (message.type === 'drop') held = undefined
  else parentPort?.postMessage(message.type === 'read' ? await read(message) : await write(message))
})

async function read({ head, body }: Extract<ToIntake, { type: 'read' }>): Promise<FromIntake> {
  let { modelName } = head
  const modelOf = async (name: string): Promise<Model> => {
    modelName = name
    const module = modules.get(name)
    // The registry says it better; it knows the table too.
    if (module === undefined) throw new ServiceError('MODEL_UNKNOWN', `no model ${JSON.stringify(name.slice(0, 255))}`)
    return (await loadModel(module)).model
  }
  try {
    held = await readTraining(head, body, modelOf)
    return { type: 'read', run: held.run }
  } catch (error) {
    if (error instanceof ServiceError) return { type: 'refused', modelName, refusal: refusalOf(error) }
    return { type: 'failed', error }
  }
}

async function write({ path, run }: Extract<ToIntake, { type: 'write' }>): Promise<FromIntake> {
  try {
    if (held === undefined) throw new Error('the work is gone: another thread had read it')
    await writeWork(path, { ...held, run })
    return { type: 'written' }
  } catch (error) {
    return { type: 'failed', error }
  } finally {
    held = undefined
  }
}
