// Threads that work on one task together: the caller's own, and worker threads that stay warm between tasks.
import { Worker } from 'node:worker_threads'
import { FitStopped } from '../errors.ts'
import { Barrier } from './barrier.ts'
import type { StopFlag, StopFlagBuffers } from './stop-flag.ts'

/** One thread's place in a team at work. */
export interface TeamMember {
  readonly index: number
  readonly count: number
  readonly barrier: Barrier
  readonly stop: StopFlag
}

/**
 * What every member runs, on the same input. The input is structured-cloned to the worker threads: large arrays
 * belong in SharedArrayBuffers. The result is cloned back. Which member does what must not change the outcome.
 */
export type TeamTask<Input, Result> = (input: Input, member: TeamMember) => Result | Promise<Result>

/** Where a task stands: the URL of its module (import.meta.url) and the name of its export. */
export interface TaskPlace {
  readonly module: string
  readonly exportName: string
}

export interface ToWorker {
  readonly place: TaskPlace
  readonly input: unknown
  readonly index: number
  readonly count: number
  readonly barrier: SharedArrayBuffer
  readonly stop: StopFlagBuffers
}
export type FromWorker = { readonly result: unknown } | { readonly error: unknown } | { readonly stopped: true }

export class ThreadTeam {
  readonly threadCount: number
  private readonly preloaded: readonly string[]
  private workers: Worker[] = []

  /**
   * threadCount: 1 or more, the caller's thread included. Worker threads start on the first task that needs them.
   * preloaded: URLs of modules that they load at their start, so that the first task does not wait for it.
   */
  constructor(threadCount: number, preloaded: readonly string[] = []) {
    this.threadCount = threadCount
    this.preloaded = preloaded
  }

  /** Starts the worker threads now, so that the first task does not pay for it. */
  warmUp(): void {
    while (this.workers.length < this.threadCount - 1) {
      const worker = new Worker(new URL('./team-worker.ts', import.meta.url), { workerData: this.preloaded })
      worker.unref()
      this.workers.push(worker)
    }
  }

  /**
   * Runs a task in `count` threads at once, the caller's included, and gives every member's result in order of index.
   * When one member throws, the others are told to stop, and the first error is thrown once all have ended.
   * One task at a time. Throws FitStopped when `stop` is set.
   */
  async run<Input, Result>(
    task: TeamTask<Input, Result>,
    place: TaskPlace,
    input: Input,
    stop: StopFlag,
    count = this.threadCount,
  ): Promise<Result[]> {
    stop.throwIfSet()
    const taskStop = stop.fork()
    const barrier = new Barrier(count, taskStop)
    if (count > 1) this.warmUp()
    const errors: unknown[] = []
    const orElseStopAll = (error: unknown): undefined => {
      errors.push(error)
      taskStop.set()
    }
    const others = this.workers.slice(0, count - 1).map((worker, i) => {
      const message = { place, input, index: i + 1, count, barrier: barrier.buffer, stop: taskStop.buffers }
      return this.runInWorker<Result>(worker, message).catch(orElseStopAll)
    })
    const own = Promise.try(task, input, { index: 0, count, barrier, stop: taskStop }).catch(orElseStopAll)
    const results = await Promise.all([own, ...others])
    // Those that were stopped because another failed are not the reason.
    if (errors.length > 0) throw errors.find((error) => !(error instanceof FitStopped)) ?? errors[0]
    return results as Result[]
  }

  /** Ends the worker threads. The team can be used again afterwards. */
  async close(): Promise<void> {
    const ending = this.workers
    this.workers = []
    await Promise.all(ending.map((worker) => worker.terminate()))
  }

  private runInWorker<Result>(worker: Worker, message: ToWorker): Promise<Result> {
    return new Promise((resolve, reject) => {
      worker.ref()
      const end = (settle: () => void): void => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit)
        worker.unref()
        settle()
      }
      const onMessage = (answer: FromWorker): void =>
        end(() => {
          if ('result' in answer) resolve(answer.result as Result)
          else reject('error' in answer ? answer.error : new FitStopped())
        })
      const onError = (error: Error): void => end(() => reject(error))
      const onExit = (code: number): void => {
        this.workers = this.workers.filter((other) => other !== worker)
        end(() => reject(new Error(`a thread of the team ended with code ${code}`)))
      }
      worker.on('message', onMessage).on('error', onError).on('exit', onExit)
      worker.postMessage(message)
    })
  }
}
