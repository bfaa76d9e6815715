// How right predictions were, out of sums: what both kinds of answers have in common.
import type { Interval } from '../../learning/metrics/intervals.ts'
import type { Sums } from './sums.ts'

/** Sums of rows that each stand for so many predictions. */
export interface WeightedSums<Kind extends Sums = Sums> {
  readonly weight: number
  readonly sums: Kind
}

export interface Metric {
  readonly value: number
  /** 95 %; undefined where it cannot be said. */
  readonly interval: Interval | undefined
  /** How far the value may be off since it comes from cells; undefined of an exact one. */
  readonly errorMax?: number
}

/** By the names that training uses. */
export type Metrics = ReadonlyMap<string, Metric>

/** The 97.5 % point of the normal distribution. */
export const Z = 1.959963984540054
/** With fewer rows the normal distribution says nothing. */
export const ROWS_MIN = 20

/** Kish's effective number of rows: (Σw)² ÷ Σw². Gives how many equally weighted rows tell as much. */
export function effectiveCount(groups: readonly { readonly weight: number; readonly count: number }[]): number {
  let sum = 0
  let squares = 0
  for (const { weight, count } of groups) {
    sum += weight * count
    squares += weight * weight * count
  }
  return squares === 0 ? 0 : (sum * sum) / squares
}

/** A normal interval within bounds; undefined with too few rows or where the error is not known. */
export function normalInterval(
  value: number,
  standardError: number,
  rows: number,
  [least, most]: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
): Interval | undefined {
  if (!(rows >= ROWS_MIN) || !Number.isFinite(standardError)) return undefined
  return { from: Math.max(least, value - Z * standardError), to: Math.min(most, value + Z * standardError) }
}
