// The entry of a team's worker thread: runs one task after another, each named by its module.
import { parentPort, workerData } from 'node:worker_threads'
import { FitStopped } from '../errors.ts'
import { Barrier } from './barrier.ts'
import { StopFlag } from './stop-flag.ts'
import type { FromWorker, TeamTask, ToWorker } from './thread-team.ts'

// A module that cannot be loaded is the error of the task that needs it.
for (const module of workerData as readonly string[]) import(module).catch(() => {})

parentPort?.on('message', async (message: ToWorker) => {
  let answer: FromWorker
  const stop = new StopFlag(message.stop)
  // The caller may be waiting at a barrier, deaf to messages: the flag reaches it there, whatever ends this thread.
  const stopAll = (): void => stop.set()
  process.once('exit', stopAll)
  try {
    const { place, input, index, count } = message
    const module = (await import(place.module)) as Record<string, TeamTask<unknown, unknown>>
    const task = module[place.exportName]
    if (task === undefined) throw new Error(`${place.module} exports no ${place.exportName}`)
    const barrier = new Barrier(count, stop, message.barrier)
    answer = { result: await task(input, { index, count, barrier, stop }) }
  } catch (error) {
    stopAll()
    answer = error instanceof FitStopped ? { stopped: true } : { error }
  }
  process.off('exit', stopAll)
  parentPort?.postMessage(answer)
})
