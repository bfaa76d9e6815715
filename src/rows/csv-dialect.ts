// How a CSV file is written: what stands between its fields, found in its header or said by the caller.
import { ServiceError } from '../errors.ts'

export interface CsvDialect {
  /** One of SEPARATORS; undefined where the header is to tell it. */
  readonly separator?: string | undefined
  /** What stands before the decimals of a number; a point unless it is said to be a comma. */
  readonly decimal?: 'point' | 'comma' | undefined
}

/** What may stand between fields, by its name in messages. */
export const SEPARATORS: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' }

const QUOTE = 0x22
const LF = 0x0a
const CR = 0x0d

/** The separator that a caller means by a character, a name, or `\t`; undefined for another. */
export function separatorOf(text: string): string | undefined {
  if (Object.hasOwn(SEPARATORS, text)) return text
  if (text === '\\t') return '\t'
  return Object.keys(SEPARATORS).find((separator) => SEPARATORS[separator] === text)
}

/**
 * What separates the fields of the header in bytes [start, end): the comma, unless the header has none outside of quotes,
 * and exactly one of the others. Throws BODY_MALFORMED when it has several, of which none can be told to be the one.
 */
export function findSeparator(bytes: Uint8Array, start: number, end: number): string {
  const counts = new Map<string, number>()
  let isQuoted = false
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) isQuoted = !isQuoted
    else if (!isQuoted) {
      if (byte === LF || byte === CR) break
      const character = String.fromCharCode(byte)
      if (Object.hasOwn(SEPARATORS, character)) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
  }
  const commas = counts.get(',') ?? 0
  counts.delete(',')
  const others = [...counts].sort(([, a], [, b]) => b - a)
  const [most, next] = others
  if (most === undefined || commas >= most[1]) return ','
  if (commas === 0 && next === undefined) return most[0]
  const named = [...(commas > 0 ? ['comma'] : []), ...others.map(([separator]) => SEPARATORS[separator])].join(' and ')
  const detail = `the header of the CSV has ${named}, so that its separator cannot be told: say it, as separator=${SEPARATORS[most[0]]}`
  throw new ServiceError('BODY_MALFORMED', detail)
}
