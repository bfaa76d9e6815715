// The minute or the hour that an instant is in.

/** Of instants of performance.now(): the time of day is asked for once a period. */
export class PeriodClock {
  private readonly lengthMs: number
  private startsAt = 0
  private endsAt = Number.NEGATIVE_INFINITY

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs
  }

  /** When the period began, in ms since 1970. */
  startAt(now: number): number {
    if (now >= this.endsAt) {
      const time = Date.now()
      const passed = time % this.lengthMs
      this.startsAt = time - passed
      this.endsAt = now + this.lengthMs - passed
    }
    return this.startsAt
  }
}
