// Experiments between versions of a project, as they are kept.

/** split: an arm answers · shadow: control answers, the other arms predict the same rows after the answer · split+shadow: both. */
export const MODES = ['split', 'shadow', 'split+shadow'] as const
export type Mode = (typeof MODES)[number]

export const STATES = ['draft', 'running', 'concluded'] as const
export type ExperimentState = (typeof STATES)[number]

export const OUTCOMES = [
  'winner',
  'keep_control',
  'equivalent',
  'no_decision',
  'guardrail_stop',
  'invalid',
  'stopped_by_user',
] as const
export type ExperimentOutcome = (typeof OUTCOMES)[number]

/** As performance names them. The first of an experiment decides; the others must not lose. */
export const SUCCESS_METRICS = ['accuracy', 'f1_macro', 'mean_absolute_error', 'mean_squared_error'] as const
export type SuccessMetric = (typeof SUCCESS_METRICS)[number]

export interface Arm {
  /** Unique in its experiment; the first arm is the control. */
  readonly name: string
  readonly version: number
  readonly runId: number
}

/** errors: failed requests · latency: requests that took longer than the budget. One of each kind at the most. */
export type Guardrail =
  | { readonly kind: 'errors'; readonly toleratedRatio: number }
  | { readonly kind: 'latency'; readonly toleratedRatio: number; readonly budgetMs: number }

/** What does not change once it runs. */
export interface ExperimentPlan {
  readonly mode: Mode
  readonly arms: readonly Arm[]
  readonly successMetrics: readonly SuccessMetric[]
  readonly guardrails: readonly Guardrail[]
  /** Units with a labelled row that each arm (or the pairs) must have before there can be a winner. */
  readonly minSampleSize: number
  readonly maxDurationDays: number
  /** How long outcomes are waited for after the last assignment. */
  readonly labelWindowHours: number
  readonly significanceLevel: number
  /** In units of the first metric; null: equivalence is not looked for. */
  readonly equivalenceMargin: number | null
  /** What is true depends on what was answered: then arms are never compared on the same rows. */
  readonly outcomeDependsOnServing: boolean
  readonly autoPromote: boolean
}

/** Shares are by arm and add up to at most 1; the rest of the keys is not enrolled. A change of shares is a new phase. */
export interface Phase {
  /** From 1. */
  readonly phase: number
  /** A random UUID. */
  readonly seed: string
  readonly shares: readonly number[]
  readonly startedAt: Date
  readonly endedAt: Date | null
}

export interface Experiment {
  readonly experimentId: number
  readonly projectId: number
  readonly projectName: string
  readonly environment: string
  readonly name: string
  readonly description: string | null
  readonly revision: number
  readonly plan: ExperimentPlan
  readonly state: ExperimentState
  /** While it is, control answers everybody, and nobody is exposed. */
  readonly isPaused: boolean
  /** The deployment of the control when it was started. */
  readonly deploymentId: number | null
  readonly startedAt: Date | null
  /** Nobody is assigned from then on. */
  readonly assignsUntil: Date | null
  readonly concludedAt: Date | null
  readonly outcome: ExperimentOutcome | null
  /** The place of the winning arm. */
  readonly winner: number | null
  /** In one sentence. */
  readonly finding: string | null
  /** The look that decided; its figures are those that count. */
  readonly decidingLook: number | null
  readonly promotedAs: number | null
  readonly createdAt: Date
  readonly createdBy: string
  readonly changedAt: Date
  readonly changedBy: string
}
