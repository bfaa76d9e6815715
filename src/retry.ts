// The one way to try again: with growing and bounded waits, which an end cuts short.
import type { Logger } from 'pino'
import { isDatabaseUnavailable } from './database/unavailable.ts'

/** Waits while the database is away. */
const WAITS_MS = [100, 200, 500, 1_000, 2_000, 5_000]

export interface Attempts {
  /** Errors that pass by themselves; others are thrown. Default: that the database is away. */
  readonly isPassing?: (error: unknown) => boolean
  /** Waits after each attempt, in ms; the last one again and again. */
  readonly waitsMs?: readonly number[]
  /** For the log, after each attempt. */
  readonly message?: string
}

export class Retry {
  private readonly log: Logger
  private readonly abort = new AbortController()

  constructor(log: Logger) {
    this.log = log
  }

  /** Gives what `attempt` gives once it succeeds; undefined when the retrying is ended before. Throws other errors. */
  async untilAvailable<T>(
    attempt: () => Promise<T>,
    { isPassing = isDatabaseUnavailable, waitsMs = WAITS_MS, message = 'the database is away' }: Attempts = {},
  ): Promise<T | undefined> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        if (!isPassing(error)) throw error
        if (this.isEnded) return undefined
        const waitMs = waitsMs[Math.min(failures, waitsMs.length - 1)] as number
        this.log.warn({ err: error, waitMs }, message)
        await this.wait(waitMs)
      }
    }
  }

  /** Resolves after that time, or at once when the retrying is ended. */
  wait(waitMs: number): Promise<void> {
    const { signal } = this.abort
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      signal.addEventListener('abort', end)
    })
  }

  get isEnded(): boolean {
    return this.abort.signal.aborted
  }

  /** Nothing is tried again from now on. */
  end(): void {
    this.abort.abort()
  }
}
