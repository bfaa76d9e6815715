// The keys by which the caller knows the rows of a request, out of a column that the pipeline need not have.
import type { ReadColumn, ReadTable } from '../model/read-column.ts'
import type { ColumnSchema } from '../model/schema.ts'
import type { Column, Level } from '../model/table.ts'
import { predictionKeyOf } from '../prediction-key.ts'

export interface RowKeys {
  readonly column: string
  /** Rows without a key, or with what is none. */
  readonly lackingCount: number
  /** Undefined where the row has none. */
  at(row: number): string | undefined
}

/** Of rows as JSON has them. O(rows). */
export function keysOfRows(rows: readonly unknown[], column: string): RowKeys {
  const keys = rows.map((row) => {
    const has = Object.hasOwn(row as object, column)
    return has ? predictionKeyOf((row as Record<string, unknown>)[column]) : undefined
  })
  return { column, lackingCount: countLacking(keys), at: (row) => keys[row] }
}

export interface KeyedRows<Rows> {
  readonly table: Rows
  /** Undefined where nothing is asked for. */
  readonly keys: RowKeys | undefined
}

/** The table without the column of keys, unless that is a feature too, and the keys. O(rows). */
export function takeKeys(
  table: ReadTable,
  schema: readonly ColumnSchema[],
  keyColumn: string | undefined,
): KeyedRows<ReadTable> {
  if (keyColumn === undefined) return { table, keys: undefined }
  const { rowCount, columns } = table
  const keys = keysOfColumn(
    columns.find(({ name }) => name === keyColumn),
    keyColumn,
    rowCount,
  )
  if (isFeature(schema, keyColumn)) return { table, keys }
  return { table: { rowCount, columns: columns.filter(({ name }) => name !== keyColumn) }, keys }
}

export function isFeature(schema: readonly ColumnSchema[], keyColumn: string | undefined): boolean {
  return schema.some(({ name }) => name === keyColumn)
}

/** column: undefined where no row has it. O(rows). */
export function keysOfColumn(column: ReadColumn | Column | undefined, name: string, rowCount: number): RowKeys {
  if (column === undefined) return { column: name, lackingCount: rowCount, at: () => undefined }
  const levels = 'levels' in column ? column.levels.map((level: Level) => predictionKeyOf(level)) : []
  const at = (row: number): string | undefined => {
    const code = 'codes' in column ? (column.codes[row] as number) : -1
    if (code >= 0) return levels[code]
    return 'values' in column ? predictionKeyOf(column.values[row]) : undefined
  }
  let lackingCount = 0
  for (let row = 0; row < rowCount; row++) if (at(row) === undefined) lackingCount += 1
  return { column: name, lackingCount, at }
}

function countLacking(keys: readonly (string | undefined)[]): number {
  return keys.reduce((count, key) => count + (key === undefined ? 1 : 0), 0)
}
