// A value of a column that is looked for: in the cells of tables, in levels, and in texts.
import { numberIn } from './column-reading.ts'
import type { Level } from './table.ts'
import { timeIn } from './times.ts'

export interface SoughtValue {
  readonly column: string
  readonly value: Level
}

/** Long values are cut where they are shown: their beginning is looked for. */
const NEEDLE_LENGTH_MAX = 40

/** Whether a cell holds the value. A number and a text that reads as that number are the same: 17 and "17". */
export function isSameValue(level: Level, value: Level): boolean {
  if (typeof level === 'number') return numberOf(value) === level
  if (typeof value === 'number') return numberOf(level) === value
  return String(level) === String(value)
}

/** The number that a value is or reads as; undefined where it is none. */
export function numberOf(value: Level): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'boolean' ? undefined : numberIn(value)
}

/** The time that a value reads as, in milliseconds since 1970; undefined where it is none. */
export function timeOf(value: Level): number | undefined {
  return typeof value === 'string' ? timeIn(value) : undefined
}

/**
 * A test whether a text has the value in it: as it is or as JSON writes it, in any case of letters, with no letter or
 * digit beside it that would make it a part of another word. Undefined of a value that says too little to be looked for:
 * true, "a", 12. They would be found in every text.
 */
export function mentionsOf(value: Level): ((text: string) => boolean) | undefined {
  const text = String(value)
  const says = typeof value !== 'boolean' && (text.length >= 4 || (text.length >= 2 && /\p{L}/u.test(text)))
  if (!says) return undefined
  const forms = [text, JSON.stringify(text).slice(1, -1)].map(patternOf)
  const pattern = new RegExp([...new Set(forms)].join('|'), 'iu')
  return (searched) => pattern.test(searched)
}

function patternOf(text: string): string {
  const needle = [...text].slice(0, NEEDLE_LENGTH_MAX).join('')
  const before = /^[\p{L}\p{N}]/u.test(needle) ? '(?<![\\p{L}\\p{N}])' : ''
  const after = needle.length === text.length && /[\p{L}\p{N}]$/u.test(needle) ? '(?![\\p{L}\\p{N}])' : ''
  return `${before}${needle.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}${after}`
}
