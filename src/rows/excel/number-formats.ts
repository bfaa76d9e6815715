// Which cells of a workbook are dates: a cell has a number, and its format says how it is shown.

import { readXml } from './read-xml.ts'
import type { ZipParts } from './zip-parts.ts'

/** What a format shows of a number; undefined where it shows a number. */
export type TimeFormat = 'date' | 'date-time' | 'time'

/** Of the formats that are built in (ECMA-376, 18.8.30), those that are times. */
const BUILT_IN: readonly (readonly [from: number, to: number, format: TimeFormat])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'date-time'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 45, 'time'],
  [47, 47, 'time'],
  [50, 54, 'date'],
  [55, 56, 'time'],
  [57, 58, 'date'],
]
const STYLES_MAX = 65_536
const DAY_MS = 86_400_000
/** The day 0 of each system, as milliseconds since 1970. */
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)
/** Days before this one are counted as if 1900 had a 29 February. */
const FALSE_LEAP_DAY = 60
const YEAR_10000 = Date.UTC(10_000, 0, 1)

/** By the number of a cell's style. Empty without a part of styles. */
export async function readTimeFormats(parts: ZipParts, part: string | undefined): Promise<(TimeFormat | undefined)[]> {
  const codes = new Map<number, string>()
  const styles: (TimeFormat | undefined)[] = []
  if (part === undefined || !parts.has(part)) return styles
  let isInCells = false
  await readXml(parts.read(part), {
    open(name, attributes) {
      if (codes.size + styles.length > STYLES_MAX) throw new Error(`it has more than ${STYLES_MAX} styles`)
      if (name === 'numFmt') codes.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '')
      else if (name === 'cellXfs') isInCells = true
      else if (name === 'xf' && isInCells) styles.push(formatOf(Number(attributes['numFmtId'] ?? 0), codes))
    },
    close(name) {
      if (name === 'cellXfs') isInCells = false
    },
  })
  return styles
}

function formatOf(id: number, codes: ReadonlyMap<number, string>): TimeFormat | undefined {
  const code = codes.get(id)
  if (code !== undefined) return timeFormatOf(code)
  return BUILT_IN.find(([from, to]) => id >= from && id <= to)?.[2]
}

/** What a format's code shows, as yyyy-mm-dd hh:mm. Times that go beyond a day, as [h]:mm, stay numbers of days. */
export function timeFormatOf(code: string): TimeFormat | undefined {
  const [first = ''] = code.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';')
  if (/\[(?:h+|m+|s+)\]/i.test(first)) return undefined
  const letters = first.replace(/\[[^\]]*\]/g, '').toLowerCase()
  if (letters.includes('general')) return undefined
  const hasTime = /[hs]/.test(letters)
  const hasDate = /[yd]/.test(letters) || (letters.includes('m') && !hasTime)
  if (hasDate && hasTime) return 'date-time'
  return hasDate ? 'date' : hasTime ? 'time' : undefined
}

/** A number of days as ISO 8601 writes it: a date, or with its time where it has or shows one. Undefined where it is no day. */
export function isoOfSerial(serial: number, format: TimeFormat, is1904: boolean): string | undefined {
  if (!(serial >= 0)) return undefined
  const days = Math.floor(serial)
  const ofDay = Math.round((serial - days) * DAY_MS)
  if (format === 'time' && days === 0) return clockOf(ofDay)
  const epoch = is1904 ? EPOCH_1904 : EPOCH_1900 + (days < FALSE_LEAP_DAY ? DAY_MS : 0)
  const instant = epoch + days * DAY_MS + ofDay
  if (!(instant < YEAR_10000)) return undefined
  const iso = new Date(instant).toISOString()
  return format === 'date' && ofDay === 0 ? iso.slice(0, 10) : withoutZeros(iso.slice(0, -1))
}

function clockOf(ms: number): string {
  return withoutZeros(new Date(Math.min(ms, DAY_MS - 1)).toISOString().slice(11, -1))
}

function withoutZeros(clock: string): string {
  return clock.replace(/\.000$/, '')
}
