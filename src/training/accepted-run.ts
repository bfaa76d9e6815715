// A run that was accepted and has no end yet, as long as this process knows of it.
import type { TrainingFailure, TrainingOutcome } from '../spool/training-outcome.ts'

export interface AcceptedState {
  /** When this process learned of it, in milliseconds since 1970. */
  readonly since: number
  /** Of the request, once its work lies in the spool; rejects when it was refused after all. */
  readonly digest: Promise<string>
  /** Takes it out of the queue while it waits there. */
  readonly leaveQueue: AbortController
  /** Why it must end as FAILED, when a caller said so. */
  cancelled: TrainingFailure | undefined
  /** What is written as its end: decided once, so that table, log, record and figures say the same. */
  end: TrainingOutcome | undefined
  /** True while another worker holds it: then it is not ours to end. */
  isElsewhere: boolean
  /** Resolves when it has left this process: ended, or kept for the next start. */
  readonly left: Promise<void>
  readonly leave: () => void
}

export function acceptedState(digest: Promise<string>): AcceptedState {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  digest.catch(() => {})
  const leaveQueue = new AbortController()
  return {
    since: Date.now(),
    digest,
    leaveQueue,
    cancelled: undefined,
    end: undefined,
    isElsewhere: false,
    left,
    leave,
  }
}
