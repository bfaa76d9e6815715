// How a CSV file is written: what stands between its fields and around them, found in its first records or said by the
// caller.
import { ServiceError } from '../errors.ts'
import type { Warning } from '../learning/warnings.ts'
import { mayBeThousands } from '../model/judge-column.ts'
import { type CsvSample, recordsOf, type SampleField, shortFieldText } from './csv-sample.ts'
import type { TextEncoding } from './text-encoding.ts'
import { doubtThousands } from './thousands.ts'

export type CsvQuote = keyof typeof QUOTES

/** What a caller says of how a file of rows is written; undefined where the file is to tell it. */
export interface CsvDialect {
  /** One of SEPARATORS. */
  readonly separator?: string | undefined
  /** What stands before the decimals of a number. */
  readonly decimal?: 'point' | 'comma' | undefined
  readonly quote?: CsvQuote | undefined
  readonly encoding?: TextEncoding | undefined
  /** Of a workbook: the name of the sheet that has the rows. */
  readonly sheet?: string | undefined
}

/** A dialect that is known. */
export interface FoundDialect {
  readonly separator: string
  readonly quote: CsvQuote
  readonly decimal: 'point' | 'comma'
  /** What was decided. */
  readonly decisions: readonly Warning[]
}

/** What may stand between fields, by its name in messages. */
export const SEPARATORS: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' }

/** The byte that opens and closes a quoted field; −1 where none does. */
export const QUOTES = { double: 0x22, single: 0x27, none: -1 } as const

const LF = 0x0a
const CR = 0x0d
/** A number with a decimal comma, and one with a decimal point. */
const COMMA_NUMBER = /^\s*[+-]?(?:\d+,\d*|,\d+)(?:[eE][+-]?\d+)?\s*$/
const POINT_NUMBER = /^\s*[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/

/** The separator that a caller means by a character, a name, or `\t`; undefined for another. */
export function separatorOf(text: string): string | undefined {
  if (Object.hasOwn(SEPARATORS, text)) return text
  if (text === '\\t') return '\t'
  return Object.keys(SEPARATORS).find((separator) => SEPARATORS[separator] === text)
}

/**
 * What the first records tell, where the caller does not say it. Throws BODY_MALFORMED when the header has several separators, of which none can be
 * told to be the one.
 */
export function findDialect(sample: CsvSample, said: CsvDialect): FoundDialect {
  const decisions: Warning[] = []
  const quote = said.quote ?? findQuote(sample, said.separator)
  if (quote !== (said.quote ?? 'double')) {
    decisions.push({
      code: 'QUOTE_FOUND',
      message: 'The fields of the CSV are quoted with apostrophes, as its first rows tell',
    })
  }
  const separator = said.separator ?? findSeparator(sample, QUOTES[quote])
  if (said.separator === undefined && separator !== ',') {
    const message = `The CSV has a ${SEPARATORS[separator]} between its fields, as its header tells`
    decisions.push({ code: 'SEPARATOR_FOUND', message })
  }
  // Numbers of a file of commas have points, unless the caller says otherwise.
  const mayHaveCommas = separator !== ',' || said.decimal === 'comma'
  const records = mayHaveCommas ? (recordsOf(sample, separator.charCodeAt(0), QUOTES[quote]) ?? []) : []
  const decimal = said.decimal ?? findDecimal(sample, records)
  if (decimal !== (said.decimal ?? 'point')) {
    const message =
      'Numbers of the CSV have a decimal comma, as its first rows tell; say decimal=point to have them as text'
    decisions.push({ code: 'DECIMAL_FOUND', message })
  }
  decisions.push(...doubtThousands(sample, records, decimal))
  return { separator, quote, decimal, decisions }
}

/** The quotation mark, unless it opens no field of the sample, and apostrophes open and close some. */
function findQuote(sample: CsvSample, separator: string | undefined): CsvQuote {
  if (!sample.bytes.subarray(sample.start, sample.end).includes(QUOTES.single)) return 'double'
  for (const candidate of separator === undefined ? Object.keys(SEPARATORS) : [separator]) {
    const [single, double] = [QUOTES.single, QUOTES.double].map((quote) =>
      recordsOf(sample, candidate.charCodeAt(0), quote),
    )
    // A single field may be a word in apostrophes.
    if (single === undefined || !isEven(single) || quotedCount(single) < 2) continue
    if (double === undefined || quotedCount(double) === 0) return 'single'
  }
  return 'double'
}

function quotedCount(records: readonly (readonly SampleField[])[]): number {
  return records.flat().filter(({ isQuoted }) => isQuoted).length
}

/**
 * The comma, unless the header has none outside of quotes, and exactly one of the others. Where it has several, the one
 * that gives all records of the sample as many fields as the header has.
 */
function findSeparator(sample: CsvSample, quote: number): string {
  const counts = countInHeader(sample, quote)
  if (counts.size > 1) {
    const fitting = [...counts.keys()].filter((separator) => {
      const records = recordsOf(sample, separator.charCodeAt(0), quote)
      return records !== undefined && records.length > 1 && isEven(records)
    })
    if (fitting.length === 1) return fitting[0] as string
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

function countInHeader({ bytes, start, end }: CsvSample, quote: number): Map<string, number> {
  const counts = new Map<string, number>()
  let isQuoted = false
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (byte === quote) isQuoted = !isQuoted
    else if (!isQuoted) {
      if (byte === LF || byte === CR) break
      const character = String.fromCharCode(byte)
      if (Object.hasOwn(SEPARATORS, character)) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
  }
  return counts
}

function isEven([header, ...rows]: readonly (readonly SampleField[])[]): boolean {
  return header !== undefined && rows.every((row) => row.length === header.length)
}

/**
 * A comma where numbers of the records have one, none of them has a point, and not all can be thousands. A record of header only
 * tells nothing.
 */
function findDecimal(sample: CsvSample, [, ...rows]: readonly (readonly SampleField[])[]): 'point' | 'comma' {
  if (!sample.bytes.subarray(sample.start, sample.end).includes(0x2c)) return 'point'
  let isSure = false
  for (const field of rows.flat()) {
    const text = field.isQuoted ? undefined : shortFieldText(sample, field)
    if (text === undefined) continue
    if (POINT_NUMBER.test(text)) return 'point'
    if (COMMA_NUMBER.test(text) && !mayBeThousands(text)) isSure = true
  }
  return isSure ? 'comma' : 'point'
}
