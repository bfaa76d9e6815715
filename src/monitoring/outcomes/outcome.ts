// What was true of a prediction, as callers tell it and as it is kept.
import type { Level } from '../../model/table.ts'

/** What is said of a prediction. */
export interface OutcomeValue {
  /** As outcomeText writes it. */
  readonly outcome: string
  /** The number that it is or reads as; undefined where it is none. */
  readonly number: number | null | undefined
  /** When it was so, in milliseconds since 1970; none where the caller does not say: then it counts as when it came. */
  readonly occurredAt: number | null | undefined
}

/** A row of a request: by the id of its prediction, or by the key. */
export interface GivenOutcome extends OutcomeValue {
  /** From 0, in the request. */
  readonly row: number
  /** A UUID of version 7, in small letters; undefined of a row with a key. */
  readonly predictionId?: string | undefined
  /** As predictionKeyOf gives it; undefined of a row with an id. */
  readonly key?: string | undefined
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
 * expired: it is beyond the days that the log is kept for. The last two are not kept. Of a key whose prediction is not known yet, the
 * first three are said of what waits of that key and time.
 */
export const OUTCOME_KINDS = ['added', 'corrected', 'unchanged', 'older', 'not_sampled', 'expired'] as const
export type OutcomeKind = (typeof OUTCOME_KINDS)[number]

export type OutcomeCounts = Readonly<Record<OutcomeKind, number>>

/** JSON of the value: `"1"` and `1` are two outcomes. */
export function outcomeText(value: Level): string {
  return JSON.stringify(value)
}

/** When it was so: what the caller says, else when it came. */
export function timeOf({
  occurredAt,
  receivedAt,
}: Pick<OutcomeValue, 'occurredAt'> & Pick<KeptOutcome, 'receivedAt'>): number {
  return occurredAt ?? receivedAt
}
