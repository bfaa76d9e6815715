// Looks for what is due, one after the other: soon after there may be something, and whenever somebody asks.

export interface KickedLooksParts {
  /** Is aborted when there is to be an end. Throws what stands against it. */
  readonly look: (signal: AbortSignal) => Promise<void>
  /** From a kick to the look. */
  readonly afterMs: number
  /** Hears of a kicked look that failed. */
  readonly onFailure: (error: unknown) => void
}

export class KickedLooks {
  private readonly parts: KickedLooksParts
  private readonly stop = new AbortController()
  private looking: Promise<void> = Promise.resolve()
  private timer: NodeJS.Timeout | undefined

  constructor(parts: KickedLooksParts) {
    this.parts = parts
  }

  /** Aborted by close. */
  get signal(): AbortSignal {
    return this.stop.signal
  }

  /** Looks soon; once, however often it is kicked until then. */
  kick(): void {
    if (this.timer !== undefined || this.stop.signal.aborted) return
    this.timer = setTimeout(() => {
      this.timer = undefined
      void this.look().catch(this.parts.onFailure)
    }, this.parts.afterMs)
    this.timer.unref()
  }

  /** Looks when those before have ended. Throws what the look throws. */
  look(): Promise<void> {
    const next = this.looking.then(() => (this.stop.signal.aborted ? undefined : this.parts.look(this.stop.signal)))
    this.looking = next.catch(() => {})
    return next
  }

  /** Resolves when the last look has ended; there is none after it. */
  async close(): Promise<void> {
    this.stop.abort()
    clearTimeout(this.timer)
    await this.looking
  }
}
