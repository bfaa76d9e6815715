// What a retraining and the policy of a project for retrainings are, as they are kept.
import type { Severity } from '../../alerts/signals.ts'

export const CAUSES = ['demand', 'schedule', 'drift', 'performance'] as const
export type Cause = (typeof CAUSES)[number]
/** Causes that looks tell of. */
export const SIGNALLED = ['drift', 'performance'] as const satisfies readonly Cause[]
export type Signalled = (typeof SIGNALLED)[number]

/** suggested: waits for somebody who accepts or dismisses it. judging: the challenger is there, and is compared. */
export const STATES = ['suggested', 'training', 'judging', 'ended'] as const
export type RetrainingState = (typeof STATES)[number]

/**
 * promoted: the challenger is better, and its review or deployment was asked for. kept: it is not shown to be better.
 * not_comparable: there are no rows to judge both on; a person decides. failed: it came to no challenger.
 */
export const OUTCOMES = ['promoted', 'kept', 'not_comparable', 'failed', 'dismissed'] as const
export type RetrainingOutcome = (typeof OUTCOMES)[number]

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
  /** The newest data set of this name has the rows that both are judged on; null: rows that both held out. */
  readonly evaluationDataset: string | null
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
  evaluationDataset: null,
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
  readonly state: 'suggested' | 'training'
  readonly requestedBy: string
}

export interface Retraining extends Omit<NewRetraining, 'state'> {
  readonly retrainingId: number
  readonly state: RetrainingState
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
