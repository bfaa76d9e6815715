// What a caller says of how columns are to be read: which texts are missing values, and what a column is.
import { numberIn } from './column-reading.ts'
import { shown } from './shown.ts'

export const COLUMN_TYPES = ['numeric', 'categorical', 'time', 'text'] as const
export type ColumnType = (typeof COLUMN_TYPES)[number]
/** What columns are, by name. */
export type ColumnTypes = { readonly [column: string]: ColumnType }

export interface ReadingOptions {
  /** Without spaces around them. */
  readonly naValues: readonly string[]
  readonly columnTypes: ReadonlyMap<string, ColumnType>
}

export const NO_READING_OPTIONS: ReadingOptions = { naValues: [], columnTypes: new Map() }

/** Values that na_values may have, and characters of each. */
const NA_VALUES_MAX = 100
const NA_VALUE_LENGTH_MAX = 200

/**
 * The options out of JSON: a list of texts and numbers, and an object of types by column. Calls `refuse` for what they
 * are not. Null and undefined say nothing.
 */
export function readingOptionsOf(
  naValues: unknown,
  columnTypes: unknown,
  refuse: (option: 'na_values' | 'column_types', detail: string) => void,
): ReadingOptions {
  return {
    naValues: naValuesOf(naValues ?? [], (detail) => refuse('na_values', detail)),
    columnTypes: columnTypesOf(columnTypes ?? {}, (detail) => refuse('column_types', detail)),
  }
}

/**
 * The options with the types that a model class declares besides. What the caller says of such a column must be the same:
 * `refuse` hears of the columns where it is not.
 */
export function withDeclared(
  options: ReadingOptions,
  declared: ColumnTypes | undefined,
  refuse: (column: string, detail: string) => void,
): ReadingOptions {
  if (declared === undefined) return options
  const columnTypes = new Map(options.columnTypes)
  for (const [column, type] of Object.entries(declared)) {
    const said = columnTypes.get(column)
    if (said !== undefined && said !== type) refuse(column, `column_types: the model takes it as ${type}, not ${said}`)
    columnTypes.set(column, type)
  }
  return { ...options, columnTypes }
}

function naValuesOf(given: unknown, refuse: (detail: string) => void): string[] {
  const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= NA_VALUE_LENGTH_MAX
  const isValue = (value: unknown): value is string | number => isText(value) || typeof value === 'number'
  if (Array.isArray(given) && given.length <= NA_VALUES_MAX && given.every(isValue)) {
    return [...new Set(given.map((value) => String(value).trim()))]
  }
  refuse(
    `expected a list of ${NA_VALUES_MAX} texts or numbers at the most, each up to ${NA_VALUE_LENGTH_MAX} characters`,
  )
  return []
}

function columnTypesOf(given: unknown, refuse: (detail: string) => void): Map<string, ColumnType> {
  const expected = 'expected an object that says "numeric", "categorical", "time" or "text" by column'
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    refuse(expected)
    return new Map()
  }
  const types = Object.entries(given).filter(([name, type]) => {
    const isType = COLUMN_TYPES.some((known) => known === type)
    if (!isType) refuse(`${expected}; column ${shown(name)} has none of them`)
    return isType
  })
  return new Map(types as [string, ColumnType][])
}

/** Whether a text is one of the values that the caller named; a number also where it is written in another way. */
export function naValueTest({ naValues }: ReadingOptions): (text: string) => boolean {
  if (naValues.length === 0) return () => false
  const texts = new Set(naValues)
  const numbers = new Set(naValues.map(numberIn))
  numbers.delete(undefined)
  return (text) => texts.has(text.trim()) || (numbers.size > 0 && numbers.has(numberIn(text)))
}
