// Single fields of CSV: what reads as something else than text, and how values are written so that they read as they are.
import type { Level } from '../model/table.ts'

/** Numbers, also in ways that JSON does not have; one with zeros before it is a code, not a number. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
export const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])

/** What a field without quotes says: a number (perhaps not finite), a boolean, or undefined where it is text. */
export function wordOf(text: string): number | boolean | undefined {
  const word = text.trim()
  if (NUMBER.test(word)) return Number(word)
  if (NOT_FINITE.test(word)) return Number.NaN
  return BOOLEANS.get(word)
}

/** The field that reads as the value. Text is quoted where it would read as something else. */
export function fieldOf(value: Level | null): string {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return ''
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value)
  // Spaces around a name count only in quotes.
  const isPlain = value !== '' && value.trim() === value && !/[",\r\n]/.test(value) && wordOf(value) === undefined
  return isPlain ? value : `"${value.replaceAll('"', '""')}"`
}
