// What was counted of a project's predictions, merged over workers: rows by cell, by version and by hour or day.
import type { Baseline } from '../../cells/baseline.ts'

export interface CountsQuery {
  readonly projectId: number
  readonly environment?: string
  readonly deploymentId?: number
  readonly version?: number
  /** Hours that begin from here on, and before `to`. */
  readonly from: Date
  readonly to: Date
  /** Windows of an hour or of a day of UTC; absent: one window. */
  readonly by?: 'hour' | 'day'
}

/** What a version counted in one window. Counts of a column are in the order of cellNames. */
export interface WindowCounts {
  /** When the window began; of the only one `from`. */
  readonly from: Date
  readonly rowCount: number
  /** As the columns of the baseline; empty without one. */
  readonly features: readonly (readonly number[])[]
  readonly answers: readonly (readonly number[])[]
  readonly confidence: readonly number[] | undefined
}

export interface VersionCounts {
  readonly version: number
  readonly runId: number
  /** Undefined of a version whose training froze none: then only its rows are counted. */
  readonly baseline: Baseline | undefined
  /** Those with a row, the oldest first. */
  readonly windows: readonly WindowCounts[]
}
