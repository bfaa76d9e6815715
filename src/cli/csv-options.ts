// How a file of rows is written and what becomes of its further columns, as options of the command line.
import { type ExtraColumns, readExtraColumns } from '../model/extra-columns.ts'
import { FaultList } from '../model/faults.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { RowsForm } from '../rows/forms.ts'
import { DIALECT_PART_NAMES, readDialect } from '../rows/rows-query.ts'
import { type Arguments, UsageError } from './command.ts'

export const DIALECT_OPTIONS = {
  separator: { type: 'string' },
  decimal: { type: 'string' },
  quote: { type: 'string' },
  encoding: { type: 'string' },
  sheet: { type: 'string' },
} as const

export const DIALECT_DETAILS: readonly string[] = [
  '  --separator NAME       between the fields of a CSV: comma, semicolon, tab or pipe; without it the first rows tell',
  '  --decimal NAME         before the decimals of a CSV: point or comma; without it the first rows tell',
  '  --quote NAME           around fields of a CSV: double, single or none; without it the first rows tell',
  '  --encoding NAME        of a CSV: utf-8, utf-16le, utf-16be or windows-1252; without it the file tells',
  '  --sheet NAME           of an Excel workbook; without it the first',
]

export const EXTRA_COLUMNS_DETAILS: readonly string[] = [
  '  --extra-columns drop   leaves out columns that the model does not take, and tells them; default refuse',
]

/** Throws UsageError. */
export function extraColumnsOf(values: Arguments['values']): ExtraColumns {
  return readExtraColumns(values['extra-columns'], (detail) => {
    throw new UsageError(`--extra-columns: ${detail}`)
  })
}

/** As a query would have them. */
export function dialectPartsOf(values: Arguments['values']): Record<string, string | undefined> {
  return Object.fromEntries(DIALECT_PART_NAMES.map((name) => [name, values[name] as string | undefined]))
}

/** Throws UsageError. */
export function dialectOf(values: Arguments['values'], form: RowsForm): CsvDialect {
  const faults = new FaultList()
  const dialect = readDialect(dialectPartsOf(values), form, faults)
  const [fault] = faults.listed
  if (fault === undefined) return dialect
  throw new UsageError(`--${fault.parameter}: ${fault.detail}`)
}
