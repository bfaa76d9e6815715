// When a long loop owes the world a look at the stop flag, and the event loop a turn.
import type { StopFlag } from './parallel/stop-flag.ts'

const TURN_EVERY_MS = 40

export class Breather {
  private readonly stop: StopFlag
  private lastTurn = performance.now()

  constructor(stop: StopFlag) {
    this.stop = stop
  }

  /** Throws FitStopped when the fit is to stop; true when it is time for `await turn()`. */
  isTurnDue(): boolean {
    this.stop.throwIfSet()
    const now = performance.now()
    if (now - this.lastTurn < TURN_EVERY_MS) return false
    this.lastTurn = now
    return true
  }
}
