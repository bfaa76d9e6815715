// Predictions that answer nobody: one after the other, in turns of their own, and left out where too many wait.

/** Requests that wait, and what their bodies hold. */
const WAITING_MAX = 256
const BYTES_MAX = 8 * 2 ** 20

/**
 * made: the rows were predicted · full: too many waited · large: the body is not predicted again · timed_out · failed:
 * the rows could not be predicted · stopped: the worker ended.
 */
export const SHADOW_RESULTS = ['made', 'full', 'large', 'timed_out', 'failed', 'stopped'] as const
export type ShadowResult = (typeof SHADOW_RESULTS)[number]

export interface ShadowJob {
  readonly bytes: number
  /** Throws nothing. */
  run(): Promise<ShadowResult>
  /** Instead of run. */
  leaveOut(reason: Extract<ShadowResult, 'full' | 'stopped'>): void
}

export class ShadowQueue {
  private readonly onResult: (result: ShadowResult) => void
  private waiting: ShadowJob[] = []
  private bytes = 0
  private running: Promise<void> = Promise.resolve()
  private isRunning = false
  private isClosed = false

  constructor(onResult: (result: ShadowResult) => void) {
    this.onResult = onResult
  }

  /** Runs the job when those before it have ended, never before the next turn. */
  add(job: ShadowJob): void {
    if (this.isClosed || this.waiting.length >= WAITING_MAX || this.bytes + job.bytes > BYTES_MAX) {
      this.leaveOut(job, this.isClosed ? 'stopped' : 'full')
      return
    }
    this.waiting.push(job)
    this.bytes += job.bytes
    if (!this.isRunning) this.running = this.runAll()
  }

  /** Tells of a request that is not predicted again. */
  leftOut(result: Extract<ShadowResult, 'large'>): void {
    this.onResult(result)
  }

  /** Resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.isClosed = true
    for (const job of this.waiting.splice(0)) this.leaveOut(job, 'stopped')
    await this.running
  }

  /** Requests come first: each job has a turn of its own. */
  private async runAll(): Promise<void> {
    this.isRunning = true
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const job = this.waiting.shift()
      if (job === undefined) break
      this.bytes -= job.bytes
      this.onResult(await job.run())
    }
    this.isRunning = false
  }

  private leaveOut(job: ShadowJob, reason: 'full' | 'stopped'): void {
    job.leaveOut(reason)
    this.onResult(reason)
  }
}
