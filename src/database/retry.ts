// Again and again, with growing and bounded waits, while the database is away.
import type { Logger } from 'pino'
import { isDatabaseUnavailable } from './unavailable.ts'

const WAITS_MS = [100, 200, 500, 1_000, 2_000, 5_000]

export class Retry {
  private readonly log: Logger
  private readonly abort = new AbortController()

  constructor(log: Logger) {
    this.log = log
  }

  /**
   * Gives what `attempt` gives once the database answers; undefined when the retrying is ended before. Throws other
   * errors.
   */
  async untilAvailable<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error
        if (this.abort.signal.aborted) return undefined
        const waitMs = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] as number
        this.log.warn({ err: error, waitMs }, 'the database is away')
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
