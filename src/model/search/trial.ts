// One candidate of a search, and what came of it.
import type { Candidate } from '../../learning/model-selection/space.ts'

export const TRIAL_STATES = ['finished', 'ended_early', 'dropped', 'failed'] as const

/**
 * finished: judged on all folds, in the last round. ended_early: it could not win any more. dropped: other candidates of
 * its round of halving were better. failed: it could not be fitted, as `reason` says.
 */
export type TrialState = (typeof TRIAL_STATES)[number]

/** What came of fitting a candidate on folds. Plain data. */
export interface Evaluation {
  /** By fold, in their order; fewer where it ended early. Null where the metric of a fold is undefined. */
  readonly scores: readonly (number | null)[]
  /** Of the scores that there are; null where there are none. */
  readonly mean: number | null
  /** Their standard deviation, divided by n. */
  readonly deviation: number | null
  readonly seconds: number
  readonly isEnded: boolean
  /** Why it could not be fitted. */
  readonly reason?: string
}

export interface Trial extends Evaluation {
  readonly parameters: Candidate
  readonly state: TrialState
  /** Counts from 0; others than halving have one. */
  readonly round: number
  /** Rows that its round used, those that are validated included. */
  readonly rows: number
}

export function evaluationOf(
  scores: readonly (number | undefined)[],
  seconds: number,
  isEnded: boolean,
  reason?: string,
): Evaluation {
  const there = scores.filter((score) => score !== undefined)
  const mean = there.length === 0 ? null : there.reduce((sum, score) => sum + score, 0) / there.length
  const variance = there.reduce((sum, score) => sum + (score - (mean as number)) ** 2, 0) / there.length
  return {
    scores: scores.map((score) => score ?? null),
    mean,
    deviation: mean === null ? null : Math.sqrt(variance),
    seconds,
    isEnded,
    ...(reason === undefined ? {} : { reason }),
  }
}
