// Rows in columns: the one form in which data moves behind the door.
import type { ColumnReading } from './column-reading.ts'
import { NumberMap } from './number-map.ts'
import { textOfTime } from './times.ts'

/** A value that a categorical column can hold, in the JSON type that it came with. */
export type Level = string | number | boolean

/**
 * Of a prediction that is a list: its column is one place of it. The columns of a list stand side by side, from place 1 on,
 * and where JSON and tensors have one list, tables have these columns.
 */
export interface ListPlace {
  readonly name: string
  readonly place: number
}

/** Numbers; NaN is a missing value. */
export interface NumericColumn {
  readonly kind: 'numeric'
  readonly name: string
  readonly values: Float64Array
  readonly reading?: ColumnReading
  /** See ListPlace. NaN behind the end of the list. */
  readonly list?: ListPlace
  /** True of numbers that count or name something: they are written as integers. */
  readonly areIntegers?: true
}

/** Categories: codes[i] is the index of the row's level, −1 is a missing value. Levels are distinct and in order. */
export interface CategoricalColumn {
  readonly kind: 'categorical'
  readonly name: string
  readonly codes: Int32Array
  readonly levels: readonly Level[]
  readonly reading?: ColumnReading
  /** See ListPlace. −1 behind the end of the list. */
  readonly list?: ListPlace
  /** Free text: its levels are those of this table alone, and its words tell more than the whole. */
  readonly isText?: true
}

/** Times: milliseconds since 1970-01-01T00:00Z; NaN is a missing value. Labels are never times. */
export interface TimeColumn {
  readonly kind: 'time'
  readonly name: string
  readonly values: Float64Array
  readonly reading?: ColumnReading
}

export type Column = NumericColumn | CategoricalColumn | TimeColumn

/** Columns of equal length. Names are distinct; any string is a name. */
export interface Table {
  readonly rowCount: number
  readonly columns: readonly Column[]
}

/** The order of levels: numbers by size, then strings by code units, then false before true. */
export function compareLevels(a: Level, b: Level): number {
  const byType = LEVEL_TYPES.indexOf(typeof a) - LEVEL_TYPES.indexOf(typeof b)
  if (byType !== 0) return byType
  return a < b ? -1 : a > b ? 1 : 0
}
const LEVEL_TYPES = ['number', 'string', 'boolean']

/** Levels in order, and for each of the given ones the code that it has then. O(levels log levels). */
export function orderLevels(levels: readonly Level[]): { levels: Level[]; newCodes: Int32Array } {
  const order = levels.map((_, code) => code).sort((a, b) => compareLevels(levels[a] as Level, levels[b] as Level))
  const newCodes = new Int32Array(levels.length)
  order.forEach((oldCode, newCode) => {
    newCodes[oldCode] = newCode
  })
  return { levels: order.map((code) => levels[code] as Level), newCodes }
}

/**
 * A categorical column of codes that refer to levels in any order, put into the order of levels. O(rows + levels log
 * levels).
 */
function orderedColumn(name: string, codes: Int32Array, given: readonly Level[]): CategoricalColumn {
  const { levels, newCodes } = orderLevels(given)
  return { kind: 'categorical', name, codes: codes.map((code) => (code < 0 ? -1 : (newCodes[code] as number))), levels }
}

/** The column as categories: each distinct number or time becomes a level, a number. O(rows log levels). */
export function asCategorical(column: Column): CategoricalColumn {
  if (column.kind === 'categorical') return column
  const codeOf = new NumberMap()
  const levels: number[] = []
  const codes = new Int32Array(column.values.length)
  column.values.forEach((value, i) => {
    if (Number.isNaN(value)) {
      codes[i] = -1
      return
    }
    let code = codeOf.get(value)
    if (code < 0) {
      code = levels.push(value + 0) - 1
      codeOf.set(value, code)
    }
    codes[i] = code
  })
  return orderedColumn(column.name, codes, levels)
}

/** The value of one row as JSON has it: null where it is missing, of a time its text. */
export function valueAt(column: Column, row: number): Level | null {
  if (column.kind !== 'categorical') {
    const value = column.values[row] as number
    if (Number.isNaN(value)) return null
    return column.kind === 'time' ? textOfTime(value) : value
  }
  const code = column.codes[row] as number
  return code < 0 ? null : (column.levels[code] as Level)
}

/** The rows with the given indices, in their order. Levels stay as they are. O(rows × columns). */
export function takeRows(table: Table, rows: Int32Array): Table {
  const columns = table.columns.map((column): Column => {
    if (column.kind !== 'categorical') return { ...column, values: takeNumbers(column.values, rows) }
    return { ...column, codes: rows.map((row) => column.codes[row] as number) }
  })
  return { rowCount: rows.length, columns }
}

function takeNumbers(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i] as number] as number
  return taken
}

/** The numbers, times or codes of a column, one a row. */
export function cellsOf(column: Column): Float64Array | Int32Array {
  return column.kind === 'categorical' ? column.codes : column.values
}

/** Rows [start, end) as a view, without a copy. */
export function sliceRows(table: Table, start: number, end: number): Table {
  const columns = table.columns.map(
    (column): Column =>
      column.kind !== 'categorical'
        ? { ...column, values: column.values.subarray(start, end) }
        : { ...column, codes: column.codes.subarray(start, end) },
  )
  return { rowCount: Math.min(end, table.rowCount) - start, columns }
}

/** The rows as objects, as JSON answers have them. Column names are data: `__proto__` becomes an ordinary key. */
export function toRows(table: Table): Record<string, Level | null>[] {
  return Array.from({ length: table.rowCount }, (_, row) =>
    Object.fromEntries(table.columns.map((column) => [column.name, valueAt(column, row)])),
  )
}
