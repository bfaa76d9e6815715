// The service's side of the trainer process: keeps a warm one, gives it one training, and kills it when it must.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { Retry } from '../retry.ts'
import { failed, type TrainingFailure } from '../spool/training-outcome.ts'
import { readLines } from './lines.ts'
import { type FromTrainer, parseMessage, type ToTrainer } from './messages.ts'

export interface TrainerLimits {
  readonly threads: number
  readonly timeoutMs: number
  /** What a process may take to load what trainings need: half a second, unless the system is in trouble. */
  readonly startTimeoutMs: number
  /** Resident memory of the process, all of it, in bytes. */
  readonly memoryBytesMax: number
}

/**
 * Why a process is gone. `ended`: it said that its outcome is written. `failed`: it was killed, or died; what it wrote
 * before counts all the same. `interrupted`: the service stops.
 */
export type TrainerEnd = { readonly type: 'ended' } | TrainingFailure | { readonly type: 'interrupted' }

/** Hears what the process says while it trains, and what its model class prints. */
export interface TrainerListener {
  progressed(progress: Extract<FromTrainer, { type: 'progress' }>): void
  printed(source: 'stdout' | 'stderr', line: string): void
}

interface TrainerProcess {
  readonly child: ChildProcess
  /** Takes what the process says, from the moment when it has work. */
  onMessage: (message: FromTrainer) => void
  onLine: TrainerListener['printed']
  readonly isGone: Promise<void>
  /** What it printed has all come. */
  readonly isSilent: Promise<void>
}

/** MiB that V8 gives new objects: rows are typed arrays, and the waiting process takes 13 MB less. */
const YOUNG_SPACE = '--max-semi-space-size=1'
/** Finds the compiled code that an earlier process left, in the threads too. */
const NODE_SETUP = fileURLToPath(new URL('../../bin/node-setup.cjs', import.meta.url))
const MEMORY_POLL_MS = 100
const PAGE_BYTES = 4096
/** Waits before a waiting process that ended by itself is replaced, growing to the last. */
const RESTART_MS = [100, 1_000, 5_000, 15_000]
/** How long the end waits for the last lines of a process that is gone: another that it started may hold its pipes. */
const LAST_LINES_MS = 200

export class Trainer {
  private readonly limits: TrainerLimits
  private readonly environmentNow: () => Record<string, string>
  private readonly log: Logger
  private warm: TrainerProcess | undefined
  private endRunning: ((reason: TrainerEnd) => void) | undefined
  private readonly restarting: Retry
  private restarts = 0
  /** Why no process waits, while none does. */
  problem: string | undefined = 'its process has not started yet'

  /** environmentNow: gives all of the environment of a process that begins. */
  constructor(limits: TrainerLimits, environmentNow: () => Record<string, string>, log: Logger) {
    this.limits = limits
    this.environmentNow = environmentNow
    this.log = log
    this.restarting = new Retry(log)
  }

  /** Starts a process that waits for the next training, and another when that ends by itself. */
  warmUp(): void {
    if (this.restarting.isEnded || this.warm !== undefined) return
    let warm: TrainerProcess | undefined
    const onEnd = (reason: string): void => {
      if (this.warm !== warm) return
      this.warm = undefined
      this.problem = `its process cannot wait for work: ${reason}`
      const waitMs = RESTART_MS[Math.min(this.restarts++, RESTART_MS.length - 1)] as number
      this.log.error({ reason, waitMs }, 'the waiting trainer process ended')
      void this.restarting.wait(waitMs).then(() => this.warmUp())
    }
    try {
      warm = this.start()
    } catch (error) {
      onEnd((error as Error).message)
      return
    }
    this.warm = warm
    warm.child.once('error', (error) => onEnd(error.message))
    warm.child.once('exit', (code, signal) => onEnd(explainExit(code, signal)))
  }

  /** Trains in a process of its own, which is gone when this resolves. One at a time. Never throws. */
  async train(job: ToTrainer, listener: TrainerListener): Promise<TrainerEnd> {
    if (this.restarting.isEnded) return { type: 'interrupted' }
    this.warmUp()
    const worker = this.warm
    if (worker === undefined) return failed('trainer_died', this.problem ?? 'its process could not be started')
    const { child } = worker
    this.warm = undefined
    const reason = await new Promise<TrainerEnd>((resolve) => {
      const end = (ended: TrainerEnd): void => {
        stopWatching()
        resolve(ended)
      }
      const stopWatching = this.watch(child, end)
      this.endRunning = end
      worker.onMessage = (message) => {
        if (message.type === 'progress') listener.progressed(message)
        else if (message.type === 'ended') end(message)
        else if (message.type === 'unwritten') end(failed(message.code, message.message))
      }
      worker.onLine = (source, line) => listener.printed(source, line)
      child.once('error', (error) => end(failed('trainer_died', `its process could not run: ${error.message}`)))
      child.once('exit', (code, signal) => end(failed('trainer_died', `its process ${explainExit(code, signal)}`)))
      const stdin = child.stdin as Writable
      // When the process is gone already, its exit is the reason.
      stdin.on('error', () => {})
      stdin.write(`${JSON.stringify(job)}\n`)
    })
    this.endRunning = undefined
    child.kill('SIGKILL')
    await worker.isGone
    this.warmUp()
    await Promise.race([worker.isSilent, pause(LAST_LINES_MS, undefined, { ref: false })])
    worker.onLine = () => {}
    return reason
  }

  /** Ends the running training for that reason; its process is killed. */
  abort(reason: TrainingFailure): void {
    this.endRunning?.(reason)
  }

  /** Ends the running training as interrupted, and starts no more. */
  close(): void {
    this.restarting.end()
    const { warm } = this
    this.warm = undefined
    warm?.child.kill('SIGKILL')
    this.endRunning?.({ type: 'interrupted' })
  }

  /** Throws when the system does not give a process, or no pipes to it. */
  private start(): TrainerProcess {
    const heapMb = Math.floor(this.limits.memoryBytesMax / 2 ** 20)
    const entry = fileURLToPath(new URL('./trainer-process.ts', import.meta.url))
    const options = ['--require', NODE_SETUP, `--max-old-space-size=${heapMb}`, YOUNG_SPACE]
    const given = [this.limits.threads, this.limits.memoryBytesMax].map(String)
    const child = spawn(process.execPath, [...options, entry, ...given], {
      env: this.environmentNow(),
      // 0 the job · 1 and 2 what the model class prints · 3 messages · 4 the lifeline of watchdog.ts
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    })
    if (child.stdio?.[4] == null) {
      // The reason comes as an event, after this.
      child.once('error', () => {})
      throw new Error('the system has no more file descriptors or processes for it')
    }
    const isGone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve()).once('error', () => resolve())
    })
    // Its exit is told to whoever waits for it.
    const timeoutMs = this.limits.startTimeoutMs
    const startTimer = setTimeout(() => {
      this.log.error({ trainer: child.pid, timeoutMs }, 'a trainer process did not get ready')
      child.kill('SIGKILL')
    }, timeoutMs).unref()
    void isGone.then(() => clearTimeout(startTimer))
    const streams = { stdout: child.stdout as Readable, stderr: child.stderr as Readable } as const
    const closed = Object.values(streams).map((stream) => new Promise((resolve) => stream.once('close', resolve)))
    const started: TrainerProcess = {
      child,
      onMessage: () => {},
      // Before it has work there is no model class in it, and no row: these are words of Node's.
      onLine: (_, line) => this.log.warn({ trainer: child.pid, line }, 'trainer output'),
      isGone,
      isSilent: Promise.all(closed).then(() => {}),
    }
    for (const [source, stream] of Object.entries(streams)) {
      readLines(stream, (line) => started.onLine(source as 'stdout' | 'stderr', line))
    }
    // What a model class writes into the lifeline goes nowhere, and does not hold it up.
    ;(child.stdio[4] as Readable).on('error', () => {}).resume()
    readLines(child.stdio[3] as Readable, (line) => {
      const message = parseMessage(line)
      if (message === undefined) {
        this.log.debug({ length: line.length }, 'the trainer process wrote nonsense')
      } else if (message.type === 'ready') {
        clearTimeout(startTimer)
        this.problem = undefined
        this.restarts = 0
      } else started.onMessage(message)
    })
    return started
  }

  /** Ends the training when its time or its memory is over. Returns the function that stops watching. */
  private watch(child: ChildProcess, end: (reason: TrainerEnd) => void): () => void {
    const { timeoutMs, memoryBytesMax } = this.limits
    const timer = setTimeout(() => {
      end(failed('timed_out', `the training took longer than ${timeoutMs / 1000} s (TRAIN_TIMEOUT_SECONDS)`))
    }, timeoutMs)
    const poll = setInterval(async () => {
      const bytes = await residentBytes(child.pid)
      if (bytes <= memoryBytesMax) return
      const mib = (value: number): number => Math.round(value / 2 ** 20)
      const figures = `held ${mib(bytes)} MiB, more than ${mib(memoryBytesMax)}`
      end(failed('out_of_memory', `the training ${figures} (TRAIN_MEMORY_MB)`))
    }, MEMORY_POLL_MS)
    return () => {
      clearTimeout(timer)
      clearInterval(poll)
    }
  }
}

function explainExit(code: number | null, signal: NodeJS.Signals | null): string {
  // V8 aborts when its heap is full.
  const hint = signal === 'SIGABRT' || code === 134 ? ', as it does when its memory is exhausted' : ''
  return `ended with ${signal ?? `code ${code}`}${hint}`
}

/** Resident memory of a process; 0 where the system does not tell (no /proc), or the process is gone. */
async function residentBytes(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES
}
