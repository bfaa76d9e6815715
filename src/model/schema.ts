// The columns that a pipeline was fitted with, and the check that other rows have the same.
import type { FaultList } from './faults.ts'
import { codesOf, type LevelCodes } from './level-codes.ts'
import type { CategoricalColumn, Column, Level, NumericColumn, Table } from './table.ts'

/** A column as the training rows had it. */
export type ColumnSchema =
  | { readonly kind: 'numeric'; readonly name: string }
  | { readonly kind: 'categorical'; readonly name: string; readonly levels: readonly Level[] }

/** Values of one column that training never saw; they counted as missing. */
export interface UnseenLevels {
  readonly column: string
  readonly rowCount: number
  /** Up to ten of the values. */
  readonly values: readonly Level[]
}
const UNSEEN_VALUES_LISTED_MAX = 10

export function schemaOf(table: Table): ColumnSchema[] {
  return table.columns.map((column) =>
    column.kind === 'numeric'
      ? { kind: 'numeric', name: column.name }
      : { kind: 'categorical', name: column.name, levels: column.levels },
  )
}

/** Adds a fault for each of the names that the table lacks, and for each of its columns that is not among them. */
export function compareColumns(
  names: readonly string[],
  table: Table,
  place: 'features' | 'labels',
  faults: FaultList,
): void {
  const present = new Set(table.columns.map((column) => column.name))
  const expected = new Set(names)
  for (const name of names) {
    if (!present.has(name)) faults.add({ in: place, column: name, detail: 'missing column: no row has it' })
  }
  for (const name of present) {
    if (!expected.has(name)) faults.add({ in: place, column: name, detail: 'unexpected column' })
  }
}

/**
 * The table with the columns of the schema, in its order, categories coded by its levels. A level that the schema
 * does not have becomes missing and is reported in `unseen`. Adds faults for missing and unexpected columns and for
 * every value of another JSON type than training saw in that column; the result is meaningful only without them.
 */
export function conform(
  table: Table,
  schema: readonly ColumnSchema[],
  faults: FaultList,
): { table: Table; unseen: UnseenLevels[] } {
  const names = schema.map((column) => column.name)
  compareColumns(names, table, 'features', faults)
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const unseen: UnseenLevels[] = []
  const columns = schema.map((expected): Column => {
    const column = byName.get(expected.name)
    if (column === undefined) return { kind: 'numeric', name: expected.name, values: new Float64Array(table.rowCount) }
    if (expected.kind === 'numeric') return conformNumeric(column, faults)
    return conformCategorical(column, expected.levels, faults, unseen)
  })
  return { table: { rowCount: table.rowCount, columns }, unseen }
}

function conformNumeric(column: Column, faults: FaultList): Column {
  if (column.kind === 'numeric') return column
  column.codes.forEach((code, row) => {
    const level = column.levels[code]
    if (code >= 0 && typeof level !== 'number') faults.add(wrongType(column.name, row, ['number'], level))
  })
  return column
}

function conformCategorical(
  column: Column,
  levels: readonly Level[],
  faults: FaultList,
  unseen: UnseenLevels[],
): CategoricalColumn {
  const known = codesOf(levels)
  const { types } = known
  const codes = new Int32Array(column.kind === 'numeric' ? column.values.length : column.codes.length)
  const unseenValues = new Set<Level>()
  let unseenRows = 0
  const codeFor = codeReader(column, known)
  const levelFor = levelReader(column)
  for (let row = 0; row < codes.length; row++) {
    const code = codeFor(row)
    codes[row] = code
    if (code >= 0) continue
    const level = levelFor(row)
    if (level === undefined) continue
    if (!types.includes(typeof level)) faults.add(wrongType(column.name, row, types, level))
    else {
      unseenRows += 1
      if (unseenValues.size < UNSEEN_VALUES_LISTED_MAX) unseenValues.add(level)
    }
  }
  if (unseenRows > 0) unseen.push({ column: column.name, rowCount: unseenRows, values: [...unseenValues] })
  return { kind: 'categorical', name: column.name, codes, levels }
}

/** The code of a row's level among those that are known, or −1. Each level is looked up once. */
function codeReader(column: NumericColumn | CategoricalColumn, known: LevelCodes): (row: number) => number {
  if (column.kind === 'numeric') return (row) => known.get(column.values[row])
  const { codes } = column
  const knownCodes = Int32Array.from(column.levels, (level) => known.get(level))
  return (row) => knownCodes[codes[row] as number] ?? -1
}

function levelReader(column: NumericColumn | CategoricalColumn): (row: number) => Level | undefined {
  if (column.kind === 'categorical') return (row) => column.levels[column.codes[row] as number]
  return (row) => (Number.isNaN(column.values[row]) ? undefined : column.values[row])
}

function wrongType(column: string, row: number, types: readonly string[], value: Level | undefined) {
  const text = JSON.stringify(value)?.slice(0, 60)
  return { in: 'features', row, column, detail: `expected a ${types.join(' or a ')}, got ${text}` } as const
}
