// Figures as the tables have them.
import type { LoadFigures } from './load.ts'

export function medianBy<T>(list: readonly T[], key: (item: T) => number): T {
  return list.toSorted((a, b) => key(a) - key(b))[list.length >> 1] as T
}

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
export const mb = (value: number): string => `${value.toFixed(0)} MB`

export function ratio(ours: number, theirs: number | undefined): string {
  return theirs === undefined ? '' : (ours / theirs).toPrecision(3)
}

/** Requests per second, p50 and p99, as cells of a table. */
export function loadCells({ requestsPerSecond, p50Ms, p99Ms, errors }: LoadFigures): string {
  const failures = errors === 0 ? '' : ` (${errors} errors)`
  return `${requestsPerSecond.toFixed(0)}${failures} | ${p50Ms.toFixed(3)} | ${p99Ms.toFixed(3)}`
}
