// What the query says of rows that come without a JSON object around them.
import type { FaultList } from '../model/faults.ts'
import { type CsvDialect, QUOTES, SEPARATORS, separatorOf } from './csv-dialect.ts'
import type { RowsForm } from './forms.ts'
import { TEXT_ENCODINGS } from './text-encoding.ts'

/** As it came. */
export interface GivenRowsQuery {
  readonly labels?: string | undefined
  readonly parameters?: string | undefined
  readonly validation_split?: string | undefined
  readonly split_seed?: string | undefined
  readonly split_by?: string | undefined
  readonly weights?: string | undefined
  readonly cross_validation?: string | undefined
  readonly calibration?: string | undefined
  readonly threshold?: string | undefined
  readonly na_values?: string | undefined
  readonly column_types?: string | undefined
  readonly extra_columns?: string | undefined
  readonly search?: string | undefined
  readonly separator?: string | undefined
  readonly decimal?: string | undefined
  readonly quote?: string | undefined
  readonly encoding?: string | undefined
  readonly sheet?: string | undefined
}

/** Plain data. */
export interface RowsQuery {
  /** Undefined where the query does not say. */
  readonly labelNames: readonly string[] | undefined
  /** As a JSON body would have them. */
  readonly parameters: unknown
  readonly validationSplit: unknown
  readonly splitSeed?: unknown
  readonly splitBy?: unknown
  readonly weights?: unknown
  readonly crossValidation?: unknown
  readonly calibration?: unknown
  readonly threshold?: unknown
  readonly naValues?: unknown
  readonly columnTypes?: unknown
  readonly extraColumns?: unknown
  readonly search?: unknown
  readonly dialect?: CsvDialect
}

/** What a JSON body says itself. */
const IN_THE_BODY = [
  ...(['labels', 'parameters', 'validation_split', 'split_seed', 'split_by', 'weights'] as const),
  ...(['cross_validation', 'calibration', 'threshold', 'search'] as const),
  ...(['na_values', 'column_types', 'extra_columns'] as const),
]

/** Adds a fault for each part that cannot be read, and for each that a JSON body has itself. */
export function readRowsQuery(given: GivenRowsQuery, form: RowsForm, faults: FaultList): RowsQuery {
  const [labels, parameters] = [given.labels, given.parameters].map(oneText)
  const [splitBy, weights] = [given.split_by, given.weights].map(oneText)
  const [naValues, columnTypes, extraColumns] = [given.na_values, given.column_types, given.extra_columns].map(oneText)
  const search = oneText(given.search)
  if (form === 'json') {
    for (const parameter of IN_THE_BODY) {
      if (given[parameter] === undefined) continue
      faults.add({ in: 'query', parameter, detail: 'with application/json it stands in the body' })
    }
    readDialect(given, form, faults)
    return { labelNames: undefined, parameters: undefined, validationSplit: undefined }
  }
  const dialect = readDialect(given, form, faults)
  return {
    labelNames: labels === undefined ? undefined : namesOf(labels, 'labels', faults),
    parameters: parameters === undefined ? undefined : objectOf(parameters, 'parameters', faults),
    validationSplit: numberIn(given.validation_split),
    splitSeed: numberIn(given.split_seed),
    // Only where the query has them: what the same request said before has the same digest.
    ...(splitBy === undefined
      ? {}
      : { splitBy: splitBy.startsWith('{') ? objectOf(splitBy, 'split_by', faults) : splitBy }),
    ...(weights === undefined ? {} : { weights }),
    ...(given.cross_validation === undefined
      ? {}
      : { crossValidation: numberOrObject(given.cross_validation, 'cross_validation', faults) }),
    ...(given.calibration === undefined ? {} : { calibration: oneText(given.calibration) }),
    ...(given.threshold === undefined ? {} : { threshold: numberOrObject(given.threshold, 'threshold', faults) }),
    ...(naValues === undefined ? {} : { naValues: listOf(naValues, 'na_values', faults) }),
    ...(columnTypes === undefined ? {} : { columnTypes: objectOf(columnTypes, 'column_types', faults) }),
    ...(extraColumns === undefined ? {} : { extraColumns }),
    ...(search === undefined ? {} : { search: objectOf(search, 'search', faults) }),
    ...(Object.keys(dialect).length === 0 ? {} : { dialect }),
  }
}

/** The number that a part reads as; else the part as it is. */
function numberIn(given: unknown): unknown {
  const text = oneText(given)
  return text === undefined || text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
}

/** A JSON object where it begins as one, else the number that it reads as. */
function numberOrObject(given: unknown, parameter: string, faults: FaultList): unknown {
  const text = oneText(given)
  return text?.startsWith('{') === true ? objectOf(text, parameter, faults) : numberIn(text)
}

/** A part that is there several times is a fault already. */
export function oneText(part: unknown): string | undefined {
  return typeof part === 'string' ? part : undefined
}

/** What the query may say of how a file is written, and the form of which it says it. */
const DIALECT_PARTS = {
  separator: ['csv', 'text/csv'],
  decimal: ['csv', 'text/csv'],
  quote: ['csv', 'text/csv'],
  encoding: ['csv', 'text/csv'],
  sheet: ['xlsx', 'Excel workbooks'],
} as const satisfies Record<keyof CsvDialect, readonly [RowsForm, string]>
export const DIALECT_PART_NAMES = Object.keys(DIALECT_PARTS) as (keyof CsvDialect)[]
const NO_DIALECT: CsvDialect = Object.freeze({})

/**
 * How a file is written, where the query says it. Adds a fault for what is no such thing, or said of another form; form:
 * undefined where it is not known.
 */
export function readDialect(
  given: Pick<GivenRowsQuery, keyof CsvDialect>,
  form: RowsForm | undefined,
  faults: FaultList,
): CsvDialect {
  // Nearly every prediction of a row comes by here.
  if (DIALECT_PART_NAMES.every((parameter) => given[parameter] === undefined)) return NO_DIALECT
  for (const parameter of DIALECT_PART_NAMES) {
    const [ofForm, name] = DIALECT_PARTS[parameter]
    if (given[parameter] === undefined || form === undefined || form === ofForm) continue
    faults.add({ in: 'query', parameter, detail: `it is of ${name} only` })
  }
  const [said, sheet] = [given.separator, given.sheet].map(oneText)
  const separator = said === undefined ? undefined : separatorOf(said)
  if (said !== undefined && separator === undefined) {
    const detail = `expected ${Object.values(SEPARATORS).join(', ')}, or the character itself`
    faults.add({ in: 'query', parameter: 'separator', detail })
  }
  const dialect = {
    separator,
    decimal: oneOf(['point', 'comma'] as const, 'decimal', given, faults),
    quote: oneOf(Object.keys(QUOTES) as (keyof typeof QUOTES)[], 'quote', given, faults),
    encoding: oneOf(TEXT_ENCODINGS, 'encoding', given, faults),
    sheet,
  }
  return Object.fromEntries(Object.entries(dialect).filter(([, value]) => value !== undefined))
}

/** One of the words that a part may be. */
function oneOf<Word extends string>(
  words: readonly Word[],
  parameter: keyof CsvDialect,
  given: Pick<GivenRowsQuery, keyof CsvDialect>,
  faults: FaultList,
): Word | undefined {
  const text = oneText(given[parameter])
  if (text === undefined) return undefined
  const word = words.find((one) => one === text.toLowerCase())
  const listed = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
  if (word === undefined) faults.add({ in: 'query', parameter, detail: `expected ${listed}` })
  return word
}

/** Names with commas between them, or a JSON list of names. */
export function namesOf(text: string, parameter: string, faults: FaultList): string[] {
  const names = listOf(text, parameter, faults)
  if (names.every((name) => typeof name === 'string')) return [...new Set(names)]
  faults.add({ in: 'query', parameter, detail: 'expected column names, as a,b or as ["a","b"]' })
  return []
}

/** Texts with commas between them, or a JSON list. */
function listOf(text: string, parameter: string, faults: FaultList): unknown[] {
  if (!text.startsWith('[')) return text.split(',')
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list)) return list
  } catch {}
  const what = parameter === 'labels' ? 'column names' : 'values'
  faults.add({ in: 'query', parameter, detail: `expected ${what}, as a,b or as ["a","b"]` })
  return []
}

function objectOf(text: string, parameter: string, faults: FaultList): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    faults.add({ in: 'query', parameter, detail: `expected a JSON object: ${(error as Error).message}` })
    return undefined
  }
}
