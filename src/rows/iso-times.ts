// Days, instants and times of day that binary forms have as integers, as ISO 8601 writes them.

/** Units in a second. */
export const UNITS = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const
export type TimeUnit = keyof typeof UNITS

const DAY_SECONDS = 86_400n
/** Days since 1970 of the years 0 and 9999, which ISO writes with four digits. */
const DAY_MIN = -719_528
const DAY_MAX = 2_932_896
/** Days from 1 March of the year 0 to 1970, and of 400 years, after which the calendar repeats. */
const MARCH_0_DAYS = 719_468
const ERA_DAYS = 146_097

/**
 * YYYY-MM-DD of a day that counts from 1970-01-01; undefined outside of the years 0 to 9999. The years begin in March here,
 * so that a leap day is the last of its year (Hinnant, "chrono-compatible low-level date algorithms", 2013). O(1).
 */
export function isoDay(day: number): string | undefined {
  if (!(day >= DAY_MIN && day <= DAY_MAX)) return undefined
  const sinceMarch0 = Math.floor(day) + MARCH_0_DAYS
  const era = Math.floor(sinceMarch0 / ERA_DAYS)
  const ofEra = sinceMarch0 - era * ERA_DAYS
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096)
  const yearOfEra = Math.floor((ofEra - leaps) / 365)
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const month = Math.floor((5 * ofYear + 2) / 153)
  const ofMonth = ofYear - Math.floor((153 * month + 2) / 5) + 1
  const year = 400 * era + yearOfEra + (month >= 10 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${two(month < 10 ? month + 3 : month - 9)}-${two(ofMonth)}`
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
  return part < 10 ? `0${part}` : String(part)
}
