// Rows of a request straight into the numbers that a pipeline works on: the short way, for rows in which all is well.
import type { RowBlock } from '../learning/matrix.ts'
import { missingNumbers } from './column-reading.ts'
import { codesByValue, type ValueCodes } from './conform.ts'
import type { ColumnSchema } from './schema.ts'
import { timeIn } from './times.ts'

/** Rows as a RowReader reads them. */
export type ReadRows = RowBlock

/** Knows the columns of one fitted pipeline by name, and their categories by value. */
export class RowReader {
  private readonly names: readonly string[]
  /** Per column the codes of its categories; undefined for numbers and times. */
  private readonly codesOf: readonly (ValueCodes | undefined)[]
  /** Texts have no numbers of their own: the long way reads them. */
  private readonly hasText: boolean
  private readonly isTime: readonly boolean[]
  /** Per column of numbers those that stand for a missing value; undefined where no column has any. */
  private readonly missingOf: readonly (ReadonlySet<number> | undefined)[] | undefined
  /** Every finite number is a value of its column. */
  private readonly areNumbers: boolean

  constructor(schema: readonly ColumnSchema[]) {
    this.names = schema.map((column) => column.name)
    this.codesOf = schema.map((column) => (column.kind === 'categorical' ? codesByValue(column) : undefined))
    this.hasText = schema.some((column) => column.kind === 'text')
    this.isTime = schema.map((column) => column.kind === 'time')
    const missing = schema.map((column) => (column.kind === 'numeric' ? missingNumbers(column.reading) : undefined))
    this.missingOf = missing.some((numbers) => numbers !== undefined) ? missing : undefined
    this.areNumbers = this.missingOf === undefined && schema.every(({ kind }) => kind === 'numeric')
  }

  /**
   * The values in the order of the schema: numbers, times, codes of categories, NaN for null. Undefined unless every row is an
   * object of just these columns with values as training saw them; what is wrong or new then, the reader of bytes and
   * conform tell, which give the same values for all other rows. O(cells).
   * besides: a column that rows may have as well, with a text, a number or null: nothing of it is read.
   */
  read(rows: readonly unknown[], besides?: string): ReadRows | undefined {
    const beside = besides !== undefined && !this.names.includes(besides) ? besides : undefined
    if (this.hasText) return undefined
    const columnCount = this.names.length
    const values = new Float64Array(rows.length * columnCount)
    let at = 0
    for (const row of rows) {
      if (typeof row !== 'object' || row === null) return undefined
      if (!this.readInOrder(row, beside, values, at) && !this.readByName(row, beside, values, at)) return undefined
      at += columnCount
    }
    return { rowCount: rows.length, columnCount, values }
  }

  /** Reads a row whose keys stand in the order of the schema, as those of most do: values are found without their names. */
  private readInOrder(row: object, beside: string | undefined, values: Float64Array, at: number): boolean {
    const { names, areNumbers } = this
    let j = 0
    for (const name in row) {
      const value = (row as Record<string, unknown>)[name]
      if (name !== names[j]) {
        if (name !== beside || !isPlain(value)) return false
        continue
      }
      if (areNumbers && typeof value === 'number' && Number.isFinite(value)) values[at + j] = value
      else if (!this.put(value, j, values, at + j)) return false
      j += 1
    }
    return j === names.length
  }

  private readByName(row: object, beside: string | undefined, values: Float64Array, at: number): boolean {
    const { names } = this
    const isBeside = beside !== undefined && Object.hasOwn(row, beside)
    if (isBeside && !isPlain((row as Record<string, unknown>)[beside])) return false
    if (keyCount(row) !== names.length + (isBeside ? 1 : 0)) return false
    // What a row inherits (`constructor`, `__proto__`) is neither a number nor a category.
    return names.every((name, j) => this.put((row as Record<string, unknown>)[name], j, values, at + j))
  }

  /** False where the value is none of column j as training saw it. */
  private put(value: unknown, j: number, values: Float64Array, at: number): boolean {
    const codes = this.codesOf[j]
    let read: number
    if (value === null) read = Number.NaN
    else if (codes !== undefined) {
      const code = typeof value === 'number' ? codes.get(value) : codes.others.get(value)
      // Marks of missing values are told, which the long way does.
      if (code === undefined || code < 0) return false
      read = code
    } else if (typeof value === 'number' && Number.isFinite(value)) {
      if (this.isTime[j] || this.missingOf?.[j]?.has(value)) return false
      read = value
    } else {
      const time = this.isTime[j] && typeof value === 'string' ? timeIn(value) : undefined
      if (time === undefined) return false
      read = time
    }
    values[at] = read
    return true
  }
}

/** Without the list that Object.keys makes. */
function keyCount(row: object): number {
  let count = 0
  for (const _ in row) count++
  return count
}

/** A value of a column that is not read, which the long way would find nothing wrong with. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  return value === null || Number.isFinite(value)
}
