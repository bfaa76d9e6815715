// A run that waits or is trained in this worker: what is known of it in memory.

import type { AcceptedRun } from '../spool/spool-file.ts'
import type { Progress } from '../trainer/messages.ts'
import { RunLog } from './run-log.ts'
import { isSameStep, type ProgressLook, secondsLeft } from './seconds-left.ts'

/** Times are in milliseconds since 1970. */
export class LiveRun {
  readonly run: AcceptedRun
  readonly acceptedAt: number
  startedAt: number | undefined
  readonly log: RunLog
  private first: ProgressLook | undefined
  private last: ProgressLook | undefined

  constructor(run: AcceptedRun, acceptedAt: number, earlierLogBytes: number) {
    this.run = run
    this.acceptedAt = acceptedAt
    this.log = new RunLog(earlierLogBytes)
  }

  begin(at: number, attempt: number): void {
    this.startedAt = at
    this.log.add(at, 'worker', `training begins, attempt ${attempt}`)
  }

  progressed(at: number, progress: Progress): void {
    const before = this.last?.progress
    if (before?.phase !== progress.phase || before.step !== progress.step) {
      this.log.add(at, 'worker', `${progress.phase}: ${progress.step}`)
    }
    this.last = { at, progress }
    if (this.first === undefined || !isSameStep(this.first.progress, progress)) this.first = this.last
  }

  /** How far the training is, and how long its step will take, in seconds. */
  progressAt(now: number): (Progress & { readonly secondsLeft: number | null }) | undefined {
    if (this.first === undefined || this.last === undefined) return undefined
    return { ...this.last.progress, secondsLeft: secondsLeft(this.first, this.last, now) }
  }
}
