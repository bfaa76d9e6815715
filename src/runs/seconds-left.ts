// How long a step will take, by how long its part until now took.
import type { Progress } from '../trainer/messages.ts'

/** A look at a step. at: milliseconds. */
export interface ProgressLook {
  readonly at: number
  readonly progress: Progress
}

/** Until a step was looked at for so long there is no rate. */
const RATE_MS_MIN = 200

/**
 * Seconds until the step of the last look is done, at the rate since the first look at it; null while nothing is done
 * in it. `now` counts from the same moment as the looks. Never below 0: a step may take longer than its rate said.
 */
export function secondsLeft(first: ProgressLook, last: ProgressLook, now: number): number | null {
  const doneMeanwhile = last.progress.done - first.progress.done
  const spentMs = last.at - first.at
  if (!(doneMeanwhile > 0) || spentMs < RATE_MS_MIN) return null
  const left = last.progress.of - last.progress.done
  const seconds = ((left / doneMeanwhile) * spentMs - Math.max(0, now - last.at)) / 1000
  return Math.max(0, Math.round(seconds * 10) / 10)
}

/** Whether both looks are at the same step, as long as that goes forward. */
export function isSameStep(a: Progress, b: Progress): boolean {
  return a.phase === b.phase && a.step === b.step && a.of === b.of && a.done <= b.done
}
