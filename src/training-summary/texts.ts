// Names and values as short texts, whatever the columns are called.
import type { Level } from '../model/table.ts'
import { LIMITS } from './limits.ts'

/** The text, cut where it is long. */
export function shortText(text: string): string {
  const whole = text.toWellFormed()
  return whole.length <= LIMITS.textLength ? whole : `${whole.slice(0, LIMITS.textLength - 1).toWellFormed()}…`
}

/** A category as it reads; strings in quotes where the column has other kinds too, or they are empty. */
export function levelText(level: Level, isMixed: boolean): string {
  if (typeof level !== 'string') return String(level)
  return shortText(isMixed || level.trim() === '' ? JSON.stringify(level) : level)
}

export function isMixed(levels: readonly Level[]): boolean {
  return levels.some((level) => typeof level !== typeof levels[0])
}

/** A number to six digits: what a picture can show, in few bytes. 0 for none. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : 0
}

/** The same, null for none. */
export function roundedOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(6)) : null
}
