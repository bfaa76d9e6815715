// Dates and date-times as numbers: milliseconds since 1970-01-01T00:00Z, in the calendar of ISO 8601.

export const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

const DAY = String.raw`(\d{4})-(\d{2})-(\d{2})`
const CLOCK = String.raw`(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`
const ZONE = String.raw` ?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)`
const ISO = new RegExp(`^${DAY}(?:[Tt ]${CLOCK}(?:${ZONE})?)?$`)
/** Longer texts are no times, and are not looked at. */
const LENGTH_MAX = 40

const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * The time that a text is: `2026-03-09`, or a date with a time of day behind a `T` or a blank, with or without seconds,
 * fractions and a zone. What has no zone is taken as UTC. Fractions are cut to milliseconds. Undefined for other texts,
 * and for days that there are not. Spaces around it do not count.
 */
export function timeIn(text: string): number | undefined {
  if (text.length > LENGTH_MAX) return undefined
  const found = ISO.exec(text.trim())
  if (found === null) return undefined
  const part = (at: number): number => Number(found[at] ?? 0)
  const [year, month, day] = [part(1), part(2), part(3)]
  const [hour, minute, second] = [part(4), part(5), part(6)]
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  const milliseconds = Number((found[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const [zoneHour, zoneMinute] = [part(10), part(11)]
  if (zoneHour > 23 || zoneMinute > 59) return undefined
  const offset = (found[9] === '-' ? -1 : 1) * (60 * zoneHour + zoneMinute)
  const ofDay = ((60 * hour + minute) * 60 + second) * 1000 + milliseconds
  return dayNumber(year, month, day) * DAY_MS + ofDay - offset * MINUTE_MS
}

/** Whether a text that is a time says in which zone. */
export function hasZone(text: string): boolean {
  const found = ISO.exec(text.trim())
  return found?.[8] !== undefined || found?.[9] !== undefined
}

/** The text of a time in UTC, from which timeIn gives the same time. */
export function textOfTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] as number)
}

/** Days since 1970-01-01. Date.UTC would take the years before 100 for those of the twentieth century. */
function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime() / DAY_MS
}
