// How often a training says how far it is: at each new phase, and else ten times a second at the most.
import { type Phase, type Progress, STEP_LENGTH_MAX } from './messages.ts'

const INTERVAL_MS = 100

export class ProgressTeller {
  private readonly send: (progress: Progress) => void
  private readonly now: () => number
  private sentAt = Number.NEGATIVE_INFINITY
  private phase: Phase | undefined

  /** now: milliseconds of a clock that only goes forward. */
  constructor(send: (progress: Progress) => void, now = () => performance.now()) {
    this.send = send
    this.now = now
  }

  /** What comes too soon is passed over: the next one says more. */
  readonly tell = (phase: Phase, done: number, of: number, step: string): void => {
    const now = this.now()
    if (phase === this.phase && now - this.sentAt < INTERVAL_MS) return
    this.phase = phase
    this.sentAt = now
    this.send({ phase, step: String(step).slice(0, STEP_LENGTH_MAX), done, of })
  }
}
