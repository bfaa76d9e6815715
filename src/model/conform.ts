// Rows in the columns that a pipeline was fitted with: numbers as numbers, categories by its levels, and what was found on the way.
import { type ColumnReading, missingNumbers, numberIn, textOf } from './column-reading.ts'
import type { FaultList, GotType } from './faults.ts'
import { hasDecimalComma, mayBeThousands } from './judge-column.ts'
import { codesOf } from './level-codes.ts'
import { isMissingMark } from './missing-marks.ts'
import { notMixed, type ReadColumn, type ReadTable } from './read-column.ts'
import { type ColumnSchema, compareColumns } from './schema.ts'
import { shown } from './shown.ts'
import {
  asCategorical,
  type CategoricalColumn,
  type Column,
  type Level,
  type NumericColumn,
  type Table,
  type TimeColumn,
} from './table.ts'
import { timeIn } from './times.ts'

/** Values of one column that training never saw; they counted as missing. */
export interface UnseenLevels {
  readonly column: string
  readonly rowCount: number
  /** Up to ten of the values. */
  readonly values: readonly Level[]
}
const UNSEEN_VALUES_LISTED_MAX = 10

/** Texts and numbers of one column that stand for missing values. */
export interface FoundMarks {
  readonly column: string
  readonly rowCount: number
}

/** The table in the columns of a schema, and what was found on the way. */
export interface Conformed {
  readonly table: Table
  readonly unseen: UnseenLevels[]
  readonly marks: FoundMarks[]
}

type Found = Pick<Conformed, 'unseen' | 'marks'>

/**
 * The table with the columns of the schema, in its order, categories coded by its levels. A level that the schema
 * does not have becomes missing and is reported in `unseen`; so do marks of missing values, in `marks`. Adds faults for
 * missing and unexpected columns and for every value of another JSON type than training saw in that column; the result
 * is meaningful only without them.
 */
export function conform(table: ReadTable | Table, schema: readonly ColumnSchema[], faults: FaultList): Conformed {
  const names = schema.map((column) => column.name)
  compareColumns(names, table, 'features', faults)
  const byName = new Map<string, ReadColumn | TimeColumn>(table.columns.map((column) => [column.name, column]))
  const found: Found = { unseen: [], marks: [] }
  const columns = schema.map((expected): Column => {
    const { name, reading } = expected
    const column = byName.get(name)
    if (column === undefined) return { kind: 'numeric', name, values: new Float64Array(table.rowCount) }
    if (expected.kind === 'time') return conformTime(column, reading, faults, found)
    // Of rows of a training that has read the column otherwise.
    if (column.kind === 'time') throw new Error(`column "${name}" holds times, and is to be ${expected.kind}`)
    if (expected.kind === 'text') return conformText(column, reading, found)
    if (expected.kind === 'numeric') return conformNumeric(column, reading, faults, found)
    return conformCategorical(column, expected, faults, found)
  })
  return { table: { rowCount: table.rowCount, columns }, ...found }
}

function conformNumeric(
  column: ReadColumn,
  reading: ColumnReading | undefined,
  faults: FaultList,
  { marks }: Found,
): NumericColumn {
  const { name } = column
  const missing = missingNumbers(reading)
  if (column.kind === 'numeric' && missing === undefined) return column
  const values = column.kind === 'categorical' ? new Float64Array(column.codes.length).fill(Number.NaN) : column.values
  const conformed = column.kind === 'categorical' ? values : values.slice()
  let rowCount = 0
  if (missing !== undefined) {
    conformed.forEach((value, row) => {
      if (!missing.has(value)) return
      conformed[row] = Number.NaN
      rowCount += 1
    })
  }
  if (column.kind !== 'numeric') {
    const meant = column.levels.map((level) => numberMeant(level, reading, missing))
    column.codes.forEach((code, row) => {
      if (code < 0) return
      const value = meant[code]
      if (value === undefined) addWrongType(faults, name, row, ['number'], column.levels[code])
      else if (Number.isNaN(value)) rowCount += 1
      else conformed[row] = value
    })
  }
  if (rowCount > 0) marks.push({ column: name, rowCount })
  return { kind: 'numeric', name, values: conformed }
}

/** Any value is a text, but for what the caller named as missing. */
function conformText(column: ReadColumn, reading: ColumnReading | undefined, { marks }: Found): CategoricalColumn {
  const { name } = column
  const { codes, levels } = column.kind === 'categorical' ? column : asCategorical(notMixed(column))
  const texts = levels.map(String)
  const isMissing = texts.map((text) => reading?.missing?.includes(text.trim()) === true)
  const markedRows = codes.reduce((count, code) => count + (isMissing[code] ? 1 : 0), 0)
  if (markedRows === 0) return { kind: 'categorical', name, codes, levels: texts, isText: true }
  marks.push({ column: name, rowCount: markedRows })
  return {
    kind: 'categorical',
    name,
    codes: codes.map((code) => (isMissing[code] ? -1 : code)),
    levels: texts,
    isText: true,
  }
}

/** Texts as times. One that is none counts as missing, as a category does that training never saw. */
function conformTime(
  column: ReadColumn | TimeColumn,
  reading: ColumnReading | undefined,
  faults: FaultList,
  { unseen, marks }: Found,
): TimeColumn {
  const { name } = column
  if (column.kind === 'time') return column
  const levels = column.kind === 'numeric' ? [] : column.levels
  const meant = levels.map((level) => timeMeant(level, reading))
  const unseenValues = new Set<Level>()
  let unseenRows = 0
  let markedRows = 0
  const levelFor = levelReader(column)
  const values = new Float64Array(column.kind === 'categorical' ? column.codes.length : column.values.length)
  for (let row = 0; row < values.length; row++) {
    const code = column.kind === 'numeric' ? -1 : (column.codes[row] as number)
    const time = code < 0 ? undefined : meant[code]
    values[row] = typeof time === 'number' ? time : Number.NaN
    if (typeof time === 'number') continue
    const level = levelFor(row)
    if (level === undefined) continue
    if (time === 'marked') markedRows += 1
    else if (typeof level !== 'string') addWrongType(faults, name, row, ['string'], level)
    else {
      unseenRows += 1
      if (unseenValues.size < UNSEEN_VALUES_LISTED_MAX) unseenValues.add(level)
    }
  }
  if (unseenRows > 0) unseen.push({ column: name, rowCount: unseenRows, values: [...unseenValues] })
  if (markedRows > 0) marks.push({ column: name, rowCount: markedRows })
  return { kind: 'time', name, values }
}

/** The time that a value is; undefined for none. */
function timeMeant(level: Level, reading: ColumnReading | undefined): number | 'marked' | undefined {
  if (typeof level !== 'string') return undefined
  return isMissingMark(level) || reading?.missing?.includes(level.trim()) ? 'marked' : timeIn(level)
}

/** The number that a value is in a numeric column: NaN for a mark of a missing one, undefined for none. */
export function numberMeant(
  level: Level | undefined,
  reading: ColumnReading | undefined,
  missing = missingNumbers(reading),
): number | undefined {
  if (typeof level === 'number') return missing?.has(level) ? Number.NaN : level
  if (typeof level !== 'string') return undefined
  if (isMissingMark(level) || reading?.missing?.includes(level.trim())) return Number.NaN
  if (!reading?.takesTexts) return undefined
  const value = numberIn(level)
  return value !== undefined && missing?.has(value) ? Number.NaN : value
}

type CategoricalSchema = Extract<ColumnSchema, { kind: 'categorical' }>

/** Codes of values in a column of categories. */
export interface ValueCodes {
  /** The code, MARKED for a mark of a missing value, or −1 for any other value. */
  get(value: unknown): number
  /** Of what is no number; undefined may stand for −1. */
  readonly others: { get(value: unknown): number | undefined }
}
const MARKED = -2

/** The codes of values as the column is read. */
export function codesByValue({ levels, reading }: CategoricalSchema): ValueCodes {
  const known = codesOf(levels)
  if (reading === undefined) return known
  const { takesAll } = reading
  const missing = new Set(reading.missing)
  const get = (value: unknown): number => {
    const isLevel = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    if (!isLevel) return -1
    const code = known.get(takesAll ? textOf(value) : value)
    if (code >= 0 || missing.size === 0) return code
    return missing.has(String(value).trim()) ? MARKED : -1
  }
  return { get, others: { get } }
}

/** True where all levels are booleans: then the known marks are missing values, as in a column of numbers. */
function areBooleans(levels: readonly Level[]): boolean {
  return levels.length > 0 && levels.every((level) => typeof level === 'boolean')
}

function conformCategorical(
  column: ReadColumn,
  schema: CategoricalSchema,
  faults: FaultList,
  { unseen, marks }: Found,
): CategoricalColumn {
  const { name, levels, reading } = schema
  const codeOf = codesByValue(schema)
  const hasMarks = areBooleans(levels)
  const types = reading?.takesAll ? ['number', 'string', 'boolean'] : codesOf(levels).types
  const rowCount = column.kind === 'numeric' ? column.values.length : column.codes.length
  const codes = new Int32Array(rowCount)
  const unseenValues = new Set<Level>()
  let unseenRows = 0
  let markedRows = 0
  const codeFor = codeReader(column, codeOf)
  const levelFor = levelReader(column)
  for (let row = 0; row < rowCount; row++) {
    const code = codeFor(row)
    codes[row] = Math.max(code, -1)
    if (code >= 0) continue
    const level = levelFor(row)
    if (level === undefined) continue
    if (code === MARKED || (hasMarks && typeof level === 'string' && isMissingMark(level))) markedRows += 1
    else if (!types.includes(typeof level)) addWrongType(faults, name, row, types, level)
    else if (reading?.takesAll && textOf(level) === undefined) faults.add(wideInText(name, row))
    else {
      unseenRows += 1
      if (unseenValues.size < UNSEEN_VALUES_LISTED_MAX) unseenValues.add(reading?.takesAll ? String(level) : level)
    }
  }
  if (unseenRows > 0) unseen.push({ column: name, rowCount: unseenRows, values: [...unseenValues] })
  if (markedRows > 0) marks.push({ column: name, rowCount: markedRows })
  return { kind: 'categorical', name, codes, levels }
}

/**
 * The value of a row that the column does not know and that is no mark of a missing value; undefined of any other row. column: as it
 * was given, without a value of a wrong type.
 */
export function unseenLevelReader(column: ReadColumn, schema: CategoricalSchema): (row: number) => Level | undefined {
  const codeFor = codeReader(column, codesByValue(schema))
  const levelFor = levelReader(column)
  const hasMarks = areBooleans(schema.levels)
  return (row) => {
    if (codeFor(row) !== -1) return undefined
    const level = levelFor(row)
    return hasMarks && typeof level === 'string' && isMissingMark(level) ? undefined : level
  }
}

/** The code of a row's value among those that are known, MARKED or −1. Each level is looked up once. */
function codeReader(column: ReadColumn, known: ValueCodes): (row: number) => number {
  const codeOfNumber = (row: number): number => {
    const value = (column as NumericColumn).values[row] as number
    return Number.isNaN(value) ? -1 : known.get(value)
  }
  if (column.kind === 'numeric') return codeOfNumber
  const { codes } = column
  const knownCodes = Int32Array.from(column.levels, (level) => known.get(level))
  const codeOfLevel = (row: number): number => knownCodes[codes[row] as number] ?? -1
  if (column.kind === 'categorical') return codeOfLevel
  return (row) => ((codes[row] as number) >= 0 ? codeOfLevel(row) : codeOfNumber(row))
}

function levelReader(column: ReadColumn): (row: number) => Level | undefined {
  if (column.kind === 'categorical') return (row) => column.levels[column.codes[row] as number]
  const numberAt = (row: number) => (Number.isNaN(column.values[row]) ? undefined : column.values[row])
  if (column.kind === 'numeric') return numberAt
  return (row) => column.levels[column.codes[row] as number] ?? numberAt(row)
}

/** What is said of an integer in a column of text that may have lost digits. */
export function wideInText(column: string, row: number) {
  const detail = 'an integer beyond 2^53 in a column of text, of which a double has not every digit: write it in quotes'
  return { in: 'features', row, column, detail } as const
}

/** What to do about a text where a number is expected, if it is written as one; else an empty text. */
export function writtenNumberHint(value: Level | undefined): string {
  if (typeof value !== 'string') return ''
  if (numberIn(value) !== undefined) return ', a text: write the number without quotes'
  if (!hasDecimalComma(value)) return ''
  if (!mayBeThousands(value)) return ': write it with a point, or say decimal=comma of a CSV'
  return ': write it without the comma where that parts thousands; with a point, or with decimal=comma of a CSV, where it stands before decimals'
}

function addWrongType(
  faults: FaultList,
  column: string,
  row: number,
  types: readonly string[],
  value: Level | undefined,
): void {
  const hint = types.includes('number') ? writtenNumberHint(value) : ''
  const detail = `expected a ${types.join(' or a ')}, got ${shown(value)}${hint}`
  faults.add({ in: 'features', row, column, detail }, typeof value as GotType)
}
