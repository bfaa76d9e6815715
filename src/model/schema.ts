// The columns that a pipeline was fitted with, and which of them other rows lack.
import type { ColumnReading } from './column-reading.ts'
import type { FaultList } from './faults.ts'
import type { ReadTable } from './read-column.ts'
import type { Level, Table } from './table.ts'

/** A column as the training rows had it. */
export type ColumnSchema =
  | { readonly kind: 'numeric'; readonly name: string; readonly reading?: ColumnReading }
  | { readonly kind: 'time'; readonly name: string; readonly reading?: ColumnReading }
  | { readonly kind: 'text'; readonly name: string; readonly reading?: ColumnReading }
  | {
      readonly kind: 'categorical'
      readonly name: string
      readonly levels: readonly Level[]
      readonly reading?: ColumnReading
    }

export function schemaOf(table: Table): ColumnSchema[] {
  return table.columns.map(({ name, reading, ...column }) => {
    const kept = reading === undefined ? {} : { reading }
    if (column.kind === 'categorical' && column.isText) return { kind: 'text', name, ...kept }
    return column.kind === 'categorical'
      ? { kind: column.kind, name, levels: column.levels, ...kept }
      : { kind: column.kind, name, ...kept }
  })
}

/** True of a column whose values are all text: one in which a file of texts is read as it stands. */
export function isOfText(column: ColumnSchema): boolean {
  if (column.kind !== 'categorical') return column.kind !== 'numeric'
  return column.levels.every((level) => typeof level === 'string')
}

/** Adds a fault for each of the names that the table lacks, and for each of its columns that is not among them. */
export function compareColumns(
  names: readonly string[],
  table: ReadTable | Table,
  place: 'features' | 'labels',
  faults: FaultList,
): void {
  const present = new Set(table.columns.map((column) => column.name))
  const expected = new Set(names)
  for (const name of names) {
    if (!present.has(name)) faults.add({ in: place, column: name, detail: 'missing column: no row has it' }, 'absent')
  }
  for (const name of present) {
    if (!expected.has(name)) faults.add({ in: place, column: name, detail: 'unexpected column' })
  }
}
