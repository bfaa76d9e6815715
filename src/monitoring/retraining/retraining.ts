// What a retraining and the policy of a project for retrainings are, as they are kept.
import type { Severity } from '../../alerts/signals.ts'

export const CAUSES = ['demand', 'schedule', 'drift', 'performance'] as const
export type Cause = (typeof CAUSES)[number]
/** Causes that looks tell of. */
export const SIGNALLED = ['drift', 'performance'] as const satisfies readonly Cause[]
export type Signalled = (typeof SIGNALLED)[number]

/**
 * suggested: waits for somebody who accepts or dismisses it. collecting: its rows are read out of the log. judging: the
 * challenger is there, and is compared. reviewing: the challenger is better, and its review waits for a person.
 */
export const STATES = ['suggested', 'collecting', 'training', 'judging', 'reviewing', 'ended'] as const
export type RetrainingState = (typeof STATES)[number]

/**
 * promoted: the challenger is better, and its review or deployment was asked for. kept: it is not shown to be better.
 * not_comparable: there are no rows to judge both on; a person decides. insufficient_data: the log has too few rows.
 * rejected: the review of the challenger said no. expired: nobody reviewed it in time. superseded: somebody else changed what is deployed. failed: it came to no
 * challenger, or this to no deployment.
 */
export const OUTCOMES = [
  ...(['promoted', 'kept', 'not_comparable', 'insufficient_data', 'rejected', 'expired'] as const),
  ...(['superseded', 'failed'] as const),
  'dismissed',
] as const
export type RetrainingOutcome = (typeof OUTCOMES)[number]

/** What a challenger learns from: a data set, or logged predictions with outcomes. */
export const DATA = ['dataset', 'log'] as const

export interface RetrainingPolicy {
  /** Where the champion is active, and where a challenger is deployed. */
  readonly environment: string
  /** suggest: a person accepts each retraining that no person asked for. */
  readonly mode: 'suggest' | 'automatic'
  /** In UTC; null: none. */
  readonly cron: string | null
  readonly on: readonly Signalled[]
  /** Windows count as bad from this severity on. */
  readonly severity: Severity
  readonly badWindows: number
  readonly ofWindows: number
  /** After a retraining none begins by itself for so many days. */
  readonly cooldownDays: number
  /** review: the review of a challenger that is better is requested. deploy: and it is deployed once it is approved by policy. */
  readonly promote: 'review' | 'deploy'
  /** How long the retraining waits for the review of a challenger that is to be deployed. */
  readonly reviewDays: number
  /** The newest data set of this name has the rows that both are judged on; null: rows that both held out. */
  readonly evaluationDataset: string | null
  readonly data: (typeof DATA)[number]
  /** Of the log: predictions of so many days. */
  readonly logDays: number
  /** Whether predictions that the last retraining has taken are left out. */
  readonly logSinceLast: boolean
  /** With fewer rows nothing is trained; those that are held back count. */
  readonly logRowsMin: number
  /** The share of the rows, the newest ones, that both versions are judged on. */
  readonly logHeldBack: number
}

export const DEFAULT_POLICY: RetrainingPolicy = {
  environment: 'production',
  mode: 'suggest',
  cron: null,
  on: [],
  severity: 'high',
  badWindows: 2,
  ofWindows: 3,
  cooldownDays: 7,
  promote: 'review',
  reviewDays: 30,
  evaluationDataset: null,
  data: 'dataset',
  logDays: 30,
  logSinceLast: false,
  logRowsMin: 1_000,
  logHeldBack: 0.2,
}

/** A window that looks have judged, as the policy counts it. */
export interface HeardWindow {
  readonly cause: Signalled
  /** When the window ended, in milliseconds since 1970. */
  readonly end: number
  readonly isBad: boolean
}

export interface StoredPolicy {
  readonly projectId: number
  /** Another one after each change. */
  readonly revision: number
  readonly policy: RetrainingPolicy
  readonly heard: readonly HeardWindow[]
  readonly nextDueAt: Date | null
  readonly changedAt: Date
  readonly changedBy: string
}

export interface NewRetraining {
  readonly projectId: number
  readonly environment: string
  readonly cause: Cause
  readonly note: string | null
  /** As it was when the retraining began. */
  readonly policy: RetrainingPolicy
  /** Null: the newest of the name that the project has. */
  readonly datasetId: number | null
  readonly state: 'suggested' | 'collecting' | 'training'
  readonly requestedBy: string
}

export interface Retraining extends Omit<NewRetraining, 'state'> {
  readonly retrainingId: number
  readonly state: RetrainingState
  /** Of logged rows: those that both versions are judged on. */
  readonly heldBackDatasetId: number | null
  readonly collected: Collected | null
  readonly outcome: RetrainingOutcome | null
  /** Why, in words. */
  readonly finding: string | null
  /** The version that was active when the challenger was judged. */
  readonly champion: number | null
  readonly runId: number | null
  readonly challenger: number | null
  readonly comparison: RetrainingComparison | null
  readonly requestedAt: Date
  readonly changedAt: Date
  readonly endedAt: Date | null
}

/** What the paired test of challenger and champion came to. */
export interface RetrainingComparison {
  readonly datasetId: number
  readonly rowCount: number
  readonly label: string
  readonly metric: string
  readonly champion: number
  readonly challenger: number
  /** Of the challenger less the champion. */
  readonly difference: number
  readonly pValue: number | null
  readonly verdict: 'better' | 'worse' | 'no_difference_shown'
}

/** Why a logged row with an outcome is not among those that are learnt. */
export const LEFT_OUT = [
  'other_columns',
  'other_label',
  'unreadable',
  'outcome_unusable',
  'repeated',
  'over_limit',
] as const
export type LeftOut = (typeof LEFT_OUT)[number]

/** equal: all rows count the same. used: as weights of the training. not_used: the model takes none. */
export const WEIGHTS = ['equal', 'used', 'not_used'] as const

/** What was read out of the log. Times are milliseconds since 1970. */
export interface Collected {
  readonly from: number
  /** Predictions before it. */
  readonly to: number
  /** Predictions of the environment that the log has of that time, with an outcome or not. */
  readonly loggedCount: number
  readonly rowCount: number
  readonly heldBackCount: number
  /** The oldest prediction that is held back. */
  readonly boundary: string
  /** The version whose columns the rows have, and which of them are learnt from. */
  readonly columnsOf: number
  readonly features: readonly string[]
  /** The versions that predicted the rows. */
  readonly versions: readonly number[]
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>
  /** Rows with a value that training never saw: the log does not keep it, it is missing in the row. */
  readonly unseenCount: number
  /** Rows whose outcome is a class that training never saw. */
  readonly newClassCount: number
  /** For how many predictions a row stands. */
  readonly weightMin: number
  readonly weightMax: number
  readonly weights: (typeof WEIGHTS)[number]
  /** Of weights that are used. */
  readonly weightColumn: string | null
}
