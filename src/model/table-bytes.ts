// A Table as bytes: a description that goes into JSON, and its columns as they lie in memory.
import { isColumnReading } from './column-reading.ts'
import type { ColumnSchema } from './schema.ts'
import { schemaOf } from './schema.ts'
import { type CategoricalColumn, type Column, cellsOf, compareLevels, type Level, type Table } from './table.ts'

/** As the schema of a pipeline, but for free text, which has its levels with it. */
type ColumnDescription = Exclude<ColumnSchema, { readonly kind: 'text' }> & { readonly isText?: true }

export interface TableDescription {
  readonly rowCount: number
  readonly columns: readonly ColumnDescription[]
}

export function describeTable(table: Table): TableDescription {
  const schema = schemaOf(table)
  const columns = table.columns.map((column, j): ColumnDescription => {
    const of = schema[j] as ColumnSchema
    if (of.kind !== 'text') return of
    return { ...of, kind: 'categorical', levels: (column as CategoricalColumn).levels, isText: true }
  })
  return { rowCount: table.rowCount, columns }
}

/** Whether a value is a description: what comes from a file may be anything. O(names + levels). */
export function isTableDescription(value: unknown): value is TableDescription {
  const { rowCount, columns } = (value ?? {}) as Partial<TableDescription>
  if (!Number.isSafeInteger(rowCount) || (rowCount as number) < 0 || !Array.isArray(columns)) return false
  return columns.every(isColumnDescription) && new Set(columns.map(({ name }) => name)).size === columns.length
}

function isColumnDescription(value: unknown): value is ColumnDescription {
  const { kind, name, levels, reading, isText } = (value ?? {}) as Record<string, unknown>
  if (isText !== undefined && (isText !== true || kind !== 'categorical')) return false
  if (typeof name !== 'string' || (reading !== undefined && !isColumnReading(reading))) return false
  return kind === 'numeric' || kind === 'time' || (kind === 'categorical' && Array.isArray(levels) && areLevels(levels))
}

function areLevels(values: readonly unknown[]): values is readonly Level[] {
  const types = ['number', 'string', 'boolean']
  return (
    values.every((value) => types.includes(typeof value)) &&
    values.every((value, i) => i === 0 || compareLevels(values[i - 1] as Level, value as Level) < 0)
  )
}

/**
 * The columns one after the other, each padded to 8 bytes; views, not copies. Little-endian on every machine we run on.
 */
export function tableChunks(table: Table): Uint8Array[] {
  return table.columns.flatMap((column) => {
    const values = cellsOf(column)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const padding = paddingOf(bytes.length)
    return padding === 0 ? [bytes] : [bytes, new Uint8Array(padding)]
  })
}

/** Bytes that tableChunks gives for a table of that description. */
export function tableByteLength({ rowCount, columns }: TableDescription): number {
  return columns.reduce((sum, column) => sum + columnByteLength(column, rowCount), 0)
}

/**
 * The table that lies at `offset` (a multiple of 8) of a buffer: views, not copies. Throws RangeError when the buffer is
 * too short, or a code is of no level. O(cells).
 */
export function tableAt(buffer: ArrayBufferLike, offset: number, description: TableDescription): Table {
  const { rowCount } = description
  let at = offset
  const columns = description.columns.map((schema): Column => {
    const start = at
    at += columnByteLength(schema, rowCount)
    if (schema.kind !== 'categorical') {
      return { ...schema, values: new Float64Array(buffer as ArrayBuffer, start, rowCount) }
    }
    const codes = new Int32Array(buffer as ArrayBuffer, start, rowCount)
    for (let row = 0; row < rowCount; row++) {
      const code = codes[row] as number
      if (code < -1 || code >= schema.levels.length) throw new RangeError(`column "${schema.name}" has code ${code}`)
    }
    return { ...schema, codes }
  })
  return { rowCount, columns }
}

function columnByteLength(column: ColumnDescription, rowCount: number): number {
  const byteLength = rowCount * (column.kind === 'categorical' ? 4 : 8)
  return byteLength + paddingOf(byteLength)
}

function paddingOf(byteLength: number): number {
  return (8 - (byteLength % 8)) % 8
}
