// Days, instants and times of day that binary forms have as integers, as ISO 8601 writes them.

/** Units in a second. */
export const UNITS = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const
export type TimeUnit = keyof typeof UNITS

const DAY_MS = 86_400_000
const DAY_SECONDS = 86_400n
/** Days since 1970 of the years 0 and 9999, which ISO writes with four digits. */
const DAY_MIN = -719_528
const DAY_MAX = 2_932_896

/** YYYY-MM-DD of a day that counts from 1970-01-01; undefined outside of the years 0 to 9999. */
export function isoDay(day: number): string | undefined {
  if (!(day >= DAY_MIN && day <= DAY_MAX)) return undefined
  return new Date(Math.floor(day) * DAY_MS).toISOString().slice(0, 10)
}

/** YYYY-MM-DDTHH:MM:SS, with a fraction where there is one, and with Z where it is an instant of UTC. */
export function isoInstant(since1970: bigint, unit: TimeUnit, isUtc: boolean): string | undefined {
  const perDay = UNITS[unit] * DAY_SECONDS
  let ofDay = since1970 % perDay
  if (ofDay < 0n) ofDay += perDay
  const day = isoDay(Number((since1970 - ofDay) / perDay))
  return day === undefined ? undefined : `${day}T${isoClock(ofDay, unit)}${isUtc ? 'Z' : ''}`
}

/** HH:MM:SS, with a fraction of 3, 6 or 9 digits where there is one; undefined of what is no time of a day. */
export function isoClock(ofDay: bigint, unit: TimeUnit): string | undefined {
  const perSecond = UNITS[unit]
  const seconds = Number(ofDay / perSecond)
  if (ofDay < 0n || seconds >= Number(DAY_SECONDS)) return undefined
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => two(Math.floor(part))).join(':')
  const rest = ofDay % perSecond
  if (rest === 0n) return clock
  let fraction = String(rest).padStart(String(perSecond).length - 1, '0')
  while (fraction.endsWith('000')) fraction = fraction.slice(0, -3)
  return `${clock}.${fraction}`
}

function two(part: number): string {
  return String(part).padStart(2, '0')
}
