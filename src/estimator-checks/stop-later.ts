// A task for a thread of its own: waits, then sets a stop flag, while another thread is busy with a fit.
import { StopFlag, type StopFlagBuffers } from '../learning/parallel/stop-flag.ts'
import type { TaskPlace, TeamMember } from '../learning/parallel/thread-team.ts'

export interface StopOrder {
  readonly stop: StopFlagBuffers
  readonly delayMs: number
  /** One float64: the time at which the flag was set, in ms since 1970; 0 before. */
  readonly setAt: SharedArrayBuffer
}

export const stopLaterPlace: TaskPlace = { module: import.meta.url, exportName: 'stopLater' }

/** Only member 1 waits: member 0 is the thread that fits. */
export function stopLater({ stop, delayMs, setAt }: StopOrder, member: TeamMember): void {
  if (member.index !== 1) return
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs)
  new Float64Array(setAt)[0] = performance.timeOrigin + performance.now()
  new StopFlag(stop).set()
}
