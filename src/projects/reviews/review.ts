// Reviews of versions: what can be decided, the state that follows, and what a project lets happen by itself.

export const DECISIONS = ['requested', 'approved', 'rejected', 'revoked'] as const
export type Decision = (typeof DECISIONS)[number]

export const REVIEW_STATES = ['none', 'pending', 'approved', 'rejected', 'revoked'] as const
export type ReviewState = (typeof REVIEW_STATES)[number]

/** The state of a version whose last review is this one. */
export const STATE_AFTER: Readonly<Record<Decision, ReviewState>> = {
  requested: 'pending',
  approved: 'approved',
  rejected: 'rejected',
  revoked: 'revoked',
}

/** By state, what can be decided next. */
export const DECISIONS_IN: Readonly<Record<ReviewState, readonly Decision[]>> = {
  none: ['requested', 'approved', 'rejected'],
  pending: ['approved', 'rejected'],
  approved: ['revoked'],
  rejected: ['requested'],
  revoked: ['requested'],
}

/** Decisions that must say why. */
export const NEEDS_NOTE: readonly Decision[] = ['rejected', 'revoked']

export interface NewReview {
  readonly projectId: number
  readonly version: number
  readonly decision: Decision
  /** In the words of whoever decided; of a policy, why it decided so. */
  readonly note: string | null
  /** Of a request: why the policy of the project left it to a person. */
  readonly finding: string | null
  /**
   * Of an approval or a rejection: whether the worker knows that somebody else asked for the version and its review. Null of
   * all other reviews.
   */
  readonly decidedByOther: boolean | null
  readonly decidedBy: string
}

export interface Review extends NewReview {
  readonly reviewId: number
  readonly decidedAt: Date
}

/** A version by its last review. */
export interface ReviewedVersion {
  readonly projectId: number
  readonly projectName: string
  readonly version: number
  readonly runId: number
  readonly state: ReviewState
  readonly review: Review
}

export const REVIEW_MODES = ['manual', 'automatic'] as const
export const REVIEW_REQUESTS = ['on_demand', 'every_version'] as const

export interface ReviewPolicy {
  /** automatic: the policy approves what meets it, and leaves the rest to a person. */
  readonly mode: (typeof REVIEW_MODES)[number]
  /** every_version: the review of each new version is requested by itself. */
  readonly request: (typeof REVIEW_REQUESTS)[number]
  /** What an automatic one judges by; null where nothing says it. */
  readonly metric: string | null
  /** The value must be at least as good; null: any is. */
  readonly atLeast: number | null
  /** The value must be better than the champion's by so much; null: no champion is looked at. */
  readonly betterThanChampionBy: number | null
}
