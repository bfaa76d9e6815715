// Windows of time: which are over and closed, and those that callers ask for. All begin and end at full hours of UTC.
import type { Window } from './look.ts'

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/** Windows until now that callers ask for by name. */
export const NAMED_WINDOWS = { '1h': 1, '6h': 6, '24h': 24, '7d': 168, '30d': 720 } as const
export type NamedWindow = keyof typeof NAMED_WINDOWS

/** How long after its end a window is looked at: workers that were away from the database have flushed their counts by then. */
export const CLOSED_AFTER_MS = 5 * 60_000

/** The last windows that are closed at `now`, in ms since 1970, so many at the most; the oldest first. */
export function closedWindows(now: number, hours: number, count: number): Window[] {
  const length = hours * HOUR_MS
  const last = Math.floor((now - CLOSED_AFTER_MS) / length)
  return Array.from({ length: count }, (_, i) => {
    const to = (last - count + 1 + i) * length
    return { from: new Date(to - length), to: new Date(to) }
  })
}

/** The window of that length that ends with the hour of `now`. */
export function windowUntil(now: number, named: NamedWindow): Window {
  const to = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS
  return { from: new Date(to - NAMED_WINDOWS[named] * HOUR_MS), to: new Date(to) }
}

/** The full hours that a time reaches into. from and to: in ms since 1970. */
export function wholeHours(from: number, to: number): Window {
  return {
    from: new Date(Math.floor(from / HOUR_MS) * HOUR_MS),
    to: new Date(Math.ceil(to / HOUR_MS) * HOUR_MS),
  }
}
