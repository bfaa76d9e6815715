// What a look finds in the counts of an experiment. Every number is finite; what cannot be said is absent or null.
import type { ExperimentOutcome, Guardrail, SuccessMetric } from '../experiment.ts'

/** insufficient_data: nothing can be said yet; then what would say it (lnE, p, interval, …) is absent or null. */
export type FindingState = 'ok' | 'insufficient_data'

/**
 * What a test says that holds at any time, however often it is looked at. It decides when lnE ≥ ln(threshold), which is
 * p ≤ 1/threshold.
 */
export interface Evidence {
  /** The natural logarithm of the evidence E against "no difference"; negative while counts look like none. */
  readonly lnE: number
  /** What E has to reach, such as 20. */
  readonly threshold: number
  /** min(1, 1/E), above 0. */
  readonly p: number
}

export interface SampleRatioFinding extends Partial<Evidence> {
  readonly state: FindingState
  /** What E has to reach for the split to be called broken. */
  readonly threshold: number
  /** By arm, of units that were first exposed; both add up to 1, and are all 0 before the first unit. */
  readonly expectedShares: readonly number[]
  readonly observedShares: readonly number[]
}

/** A guardrail of one challenger against the control. */
export interface GuardrailFinding extends Partial<Evidence> {
  readonly kind: Guardrail['kind']
  /** The place of the challenger in the plan. */
  readonly arm: number
  readonly state: FindingState
  readonly threshold: number
  readonly isBroken: boolean
  /** Units with a failed (or slow) request. */
  readonly control: number
  readonly treatment: number
  /** How many times as often as in the control; null where the control has none. Absent without data. */
  readonly rateRatio?: number | null
  /** Holds at any time; an upper end of null is without bound. */
  readonly interval?: readonly [low: number, high: number | null]
}

/** How a metric of two arms is compared. */
export type MetricMethod =
  /** Rows that both arms predicted and just one of them rightly. */
  | 'paired_e_process'
  /** Wrong predictions, by the arm that made them. */
  | 'binomial_e_process'
  /** Differences by row, as a normal mixture. */
  | 'paired_asymptotic_sequence'
  /** Two means with their own variances, as a normal mixture. */
  | 'asymptotic_sequence'

export type IntervalMethod = 'asymptotic_sequence' | 'exact_sequence'

/** A metric of one challenger against the control. */
export interface MetricFinding extends Partial<Evidence> {
  readonly metric: SuccessMetric
  readonly arm: number
  readonly method: MetricMethod
  readonly isPaired: boolean
  readonly state: FindingState
  readonly threshold: number
  /** Labelled units: of pairs both are the number of pairs. */
  readonly controlUnits: number
  readonly treatmentUnits: number
  /** The metric's value of each; null without rows. */
  readonly control: number | null
  readonly treatment: number | null
  /** Treatment less control. Over phases with their own splits it is a weighted mean, and need not be the difference of the two. */
  readonly difference: number | null
  /** Of the difference; holds at any time, at the level of the threshold. */
  readonly interval: readonly [low: number, high: number] | null
  readonly intervalMethod?: IntervalMethod
  /** Which of the two is better by the evidence, once it reaches the threshold. */
  readonly verdict: 'wins' | 'loses' | null
  /** Of accuracy of pairs: rows that just one of the two predicted rightly. */
  readonly discordant?: { readonly controlRight: number; readonly treatmentRight: number }
  /** The difference that these many units would decide in 4 of 5 cases. */
  readonly leastDetectable?: number
}

export interface EquivalenceFinding {
  readonly margin: number
  readonly isReached: boolean
}

export type JudgementWarningCode =
  /** One in a hundred units or more was exposed to several arms. */
  | 'multiple_exposure'
  /** Evidence against the split is above 20, and not yet 1000. */
  | 'sample_ratio_near'
  /** Outcomes come for one arm more often than for another: rows that are compared are no fair sample. */
  | 'labels_differ'
  /** The first metric wins, and another one loses. */
  | 'success_metric_loses'
  /** More than one in ten labelled rows was not predicted by both arms. */
  | 'pairs_missing'
  /** Arms are compared on the same rows alone, and what is true depends on what was answered. */
  | 'nothing_to_compare'

export interface JudgementWarning {
  readonly code: JudgementWarningCode
  /** One sentence. */
  readonly detail: string
}

export interface Decision {
  readonly outcome: Exclude<ExperimentOutcome, 'stopped_by_user'>
  /** The place of the winning arm; of keep_control 0. */
  readonly winner: number | null
  /** One sentence with the names of arms. */
  readonly reason: string
}

export interface Judgement {
  /** Absent while the experiment goes on. */
  readonly decision?: Decision
  readonly sampleRatio: SampleRatioFinding
  /** Of each guardrail, each challenger. */
  readonly guardrails: readonly GuardrailFinding[]
  /** Of each success metric in the order of the plan, each challenger. */
  readonly metrics: readonly MetricFinding[]
  /** Absent where the plan has no margin. */
  readonly equivalence?: EquivalenceFinding
  /** Labelled units that the plan asks of each arm (or of the pairs), and how many the poorest has. */
  readonly sample: { readonly needed: number; readonly reached: number }
  readonly warnings: readonly JudgementWarning[]
}
