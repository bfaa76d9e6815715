// What was true of a prediction, as callers tell it and as it is kept.
import type { Level } from '../../model/table.ts'

/** A row of a request. */
export interface GivenOutcome {
  /** From 0, in the request. */
  readonly row: number
  /** A UUID of version 7, in small letters. */
  readonly predictionId: string
  /** As outcomeText writes it. */
  readonly outcome: string
  /** The number that it is or reads as; undefined where it is none. */
  readonly number: number | undefined
  /** When it was so, in milliseconds since 1970; undefined where the caller does not say: then it counts as now. */
  readonly occurredAt: number | undefined
}

/** The one that counts of a prediction. Times are milliseconds since 1970. */
export interface KeptOutcome {
  readonly outcome: string
  readonly number: number | null
  readonly occurredAt: number | null
  readonly receivedAt: number
}

/**
 * What became of a row. added: the first of its prediction · corrected: it replaces another one · unchanged: it was there
 * already · older: a newer one is there, and counts on · not_sampled: the prediction is not in the log, and will not be ·
 * expired: its row is beyond the days that the log is kept for. The last two are not kept.
 */
export const OUTCOME_KINDS = ['added', 'corrected', 'unchanged', 'older', 'not_sampled', 'expired'] as const
export type OutcomeKind = (typeof OUTCOME_KINDS)[number]

export type OutcomeCounts = Readonly<Record<OutcomeKind, number>>

/** JSON of the value: `"1"` and `1` are two outcomes. */
export function outcomeText(value: Level): string {
  return JSON.stringify(value)
}

/** When it was so: what the caller says, else when it came. */
export function timeOf({ occurredAt, receivedAt }: Pick<KeptOutcome, 'occurredAt' | 'receivedAt'>): number {
  return occurredAt ?? receivedAt
}
