// The level of each test, from the false alarms that are allowed; and how many rows a test needs to find something.
import { chiSquareCritical, noncentralChiSquareTail } from '../../learning/distributions/chi-square.ts'

export interface AllowedAlarms {
  /** One false alarm in so many days is allowed, in expectation. */
  readonly daysPerFalseAlarm: number
  /** Tests in one look: columns × versions × segments. */
  readonly tests: number
  /** 1 by default. */
  readonly looksPerDay?: number
}

/** Bonferroni's: 1 / (days · tests · looks a day), at most 0.05. */
export function levelOf({ daysPerFalseAlarm, tests, looksPerDay = 1 }: AllowedAlarms): number {
  return Math.min(0.05, 1 / (daysPerFalseAlarm * Math.max(1, tests) * looksPerDay))
}

/** Of two samples together: 1 / (1/n + 1/m), which is what the power of a two-sample test grows with. */
export function effectiveSize(n: number, m: number): number {
  return n === 0 || m === 0 ? 0 : 1 / (1 / n + 1 / m)
}

/** How likely a change is found that rows suffice for. */
const POWER = 0.8

/**
 * The noncentrality from which a chi-square test at this level rejects in 4 of 5 cases. Of the two-sample test it is about the
 * effective size times the population stability index. To 7 digits. O(1), some thousand tails.
 *
 * df  cells less one, from 1 on
 */
export function noncentralityToFind(level: number, df: number): number {
  const critical = chiSquareCritical(level, df)
  let high = 1
  while (noncentralChiSquareTail(critical, df, high) < POWER) high *= 2
  let low = high / 2
  while (high - low > 1e-7 * high) {
    const middle = (low + high) / 2
    if (noncentralChiSquareTail(critical, df, middle) < POWER) low = middle
    else high = middle
  }
  return high
}

/** Rows of the current sample that an effective size takes beside so many of the reference; undefined where none suffice. */
export function rowsForSize(size: number, referenceRows: number): number | undefined {
  return referenceRows <= size ? undefined : Math.ceil(1 / (1 / size - 1 / referenceRows))
}
