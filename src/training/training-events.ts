// What trainings tell about themselves to whoever counts, keeps or shows them.
import type { Logger } from 'pino'
import type { AcceptedRun } from '../spool/spool-file.ts'
import type { TrainingOutcome } from '../spool/training-outcome.ts'
import type { Progress } from '../trainer/messages.ts'

/** Times are in milliseconds since 1970. */
export type TrainingEvent =
  /** It waits for its turn. A run that another worker held meanwhile comes again. */
  | { readonly type: 'queued'; readonly run: AcceptedRun; readonly acceptedAt: number }
  | { readonly type: 'begun'; readonly run: AcceptedRun; readonly at: number; readonly attempt: number }
  | { readonly type: 'progressed'; readonly runId: number; readonly at: number; readonly progress: Progress }
  /** The model class wrote a line. */
  | {
      readonly type: 'printed'
      readonly runId: number
      readonly at: number
      readonly source: 'stdout' | 'stderr'
      readonly line: string
    }
  /** Its process is gone. */
  | { readonly type: 'stopped'; readonly runId: number; readonly at: number }
  /** Its end stands in the database, as RunEnds wrote it. The model's name is not known of a damaged spool file. */
  | {
      readonly type: 'ended'
      readonly runId: number
      readonly modelName: string | undefined
      readonly at: number
      readonly outcome: TrainingOutcome
    }
  /** Its outcome is not written: the status of its row was changed from elsewhere, or the row is gone (null). */
  | {
      readonly type: 'dropped'
      readonly runId: number
      readonly at: number
      readonly status: string | null
      /** Absent when its training was not begun. */
      readonly outcome?: TrainingOutcome['type']
    }
  /** It is not in this worker any more: after its end, or kept for the next start, or another worker's. */
  | { readonly type: 'left'; readonly runId: number }

export type TrainingListener = (event: TrainingEvent) => void

/** Tells all listeners, in the order in which they came. What goes wrong in one is logged, and no training hears of it. */
export class TrainingEvents {
  private readonly listeners: TrainingListener[] = []
  private readonly log: Logger

  constructor(log: Logger) {
    this.log = log
  }

  on(listener: TrainingListener): void {
    this.listeners.push(listener)
  }

  emit(event: TrainingEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event)
      } catch (error) {
        this.log.error({ err: error, event: event.type }, 'a training could not be observed')
      }
    }
  }
}
