// A look at an experiment: what was counted, and what was found in it. It is written once, and never changed.
import type { ExperimentCounts } from '../statistics/counts.ts'
import type { Judgement, JudgementWarning } from '../statistics/judgement.ts'

/** By arm. Times are those of its own predictions, in milliseconds; null before the first. */
export interface ArmFigures {
  /** Rows that it answered by itself. */
  readonly rows: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

/** no_rows: nothing was predicted for a day, though keys are assigned. The others are of the judgement. */
export type WarningCode = JudgementWarning['code'] | 'no_rows'

export interface Warning {
  readonly code: WarningCode
  /** One sentence. */
  readonly detail: string
}

export interface Counted {
  readonly counts: ExperimentCounts
  readonly arms: readonly ArmFigures[]
  /** Of the newest row, as ISO 8601; null before the first. */
  readonly newestRowAt: string | null
  /** When outcomes were counted, as ISO 8601: looks that guardrails call for in between count units alone. */
  readonly talliedAt: string
  /** How long that took. */
  readonly tallyMs: number
  /** Of this look. */
  readonly warnings: readonly Warning[]
  /** Codes of what has been told already; no_rows is taken out when rows come again. */
  readonly told: readonly WarningCode[]
}

export interface NewLook {
  readonly experimentId: number
  readonly lookedAt: Date
  readonly counted: Counted
  readonly judgement: Judgement
  /** It ended the experiment, or is the last one after a stop: its figures are those that count. One of an experiment at the most. */
  readonly isDeciding: boolean
}

export interface Look extends NewLook {
  readonly lookId: number
}
