// A loop's way to be stopped, and to let messages pass.
import type { FitContext } from '../learning/estimator.ts'
import { turn } from '../learning/fit-context.ts'

const TURN_EVERY_MS = 40

/** Throws FitStopped when the fit is to stop; now and then gives the event loop a turn. */
export type Pause = () => Promise<void>

export function pauseOf(context: FitContext): Pause {
  let last = performance.now()
  return async () => {
    context.stop.throwIfSet()
    if (performance.now() - last < TURN_EVERY_MS) return
    await turn()
    context.stop.throwIfSet()
    last = performance.now()
  }
}
