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

  constructor(schema: readonly ColumnSchema[]) {
    this.names = schema.map((column) => column.name)
    this.codesOf = schema.map((column) => (column.kind === 'categorical' ? codesByValue(column) : undefined))
    this.hasText = schema.some((column) => column.kind === 'text')
    this.isTime = schema.map((column) => column.kind === 'time')
    const missing = schema.map((column) => (column.kind === 'numeric' ? missingNumbers(column.reading) : undefined))
    this.missingOf = missing.some((numbers) => numbers !== undefined) ? missing : undefined
  }

  /**
   * The values in the order of the schema: numbers, times, codes of categories, NaN for null. Undefined unless every row is an
   * object of just these columns with values as training saw them; what is wrong or new then, the reader of bytes and
   * conform tell, which give the same values for all other rows. O(cells).
   * besides: a column that rows may have as well, with a text, a number or null: nothing of it is read.
   */
  read(rows: readonly unknown[], besides?: string): ReadRows | undefined {
    const { names, codesOf, isTime, missingOf } = this
    if (this.hasText) return undefined
    const columnCount = names.length
    const values = new Float64Array(rows.length * columnCount)
    let at = 0
    for (const row of rows) {
      if (typeof row !== 'object' || row === null) return undefined
      const count = keyCount(row)
      if (count !== columnCount && !(count === columnCount + 1 && this.has(row, besides))) return undefined
      for (let j = 0; j < columnCount; j++) {
        // What a row inherits (`constructor`, `__proto__`) is neither a number nor a category.
        const value = (row as Record<string, unknown>)[names[j] as string]
        const codes = codesOf[j]
        if (value === null) values[at++] = Number.NaN
        else if (codes !== undefined) {
          const code = typeof value === 'number' ? codes.get(value) : codes.others.get(value)
          // Marks of missing values are told, which the long way does.
          if (code === undefined || code < 0) return undefined
          values[at++] = code
        } else if (typeof value === 'number' && Number.isFinite(value)) {
          if (isTime[j] || missingOf?.[j]?.has(value)) return undefined
          values[at++] = value
        } else {
          const time = isTime[j] && typeof value === 'string' ? timeIn(value) : undefined
          if (time === undefined) return undefined
          values[at++] = time
        }
      }
    }
    return { rowCount: rows.length, columnCount, values }
  }

  /** Whether the row has a column that is none of these, with a value that the long way would find nothing wrong with. */
  private has(row: object, besides: string | undefined): boolean {
    if (besides === undefined || this.names.includes(besides) || !Object.hasOwn(row, besides)) return false
    const value = (row as Record<string, unknown>)[besides]
    if (typeof value === 'string') return value.isWellFormed()
    return value === null || Number.isFinite(value)
  }
}

/** Without the list that Object.keys makes. */
function keyCount(row: object): number {
  let count = 0
  for (const _ in row) count++
  return count
}
