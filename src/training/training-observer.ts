// What trainings tell about themselves to whoever counts them.
import type { FailureCode } from './messages.ts'

export interface TrainingObserver {
  /** An end was written to the database. Seconds and rows are known of a success. */
  ended(figures: {
    readonly modelName: string
    readonly outcome: 'success' | FailureCode
    readonly seconds?: number
    readonly rowCount?: number
  }): void
}
