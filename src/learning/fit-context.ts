// The plain surroundings of a fit: one thread, nobody who asks it to stop, nobody who listens.
import type { FitContext } from './estimator.ts'
import { StopFlag } from './parallel/stop-flag.ts'
import { ThreadTeam } from './parallel/thread-team.ts'

/** A FitContext with what is given and, for the rest: one thread, a new stop flag, seed 0, no listener. */
export function fitContext(given: Partial<FitContext> = {}): FitContext {
  return { team: new ThreadTeam(1), stop: new StopFlag(), seed: 0, report: () => {}, warn: () => {}, ...given }
}

/** Gives the event loop one turn, so that messages pass while a fit runs. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
