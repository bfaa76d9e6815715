// How a CSV is written and what becomes of its further columns, as options of the command line.
import { type ExtraColumns, readExtraColumns } from '../model/extra-columns.ts'
import { FaultList } from '../model/faults.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { RowsForm } from '../rows/forms.ts'
import { readDialect } from '../rows/rows-query.ts'
import { type Arguments, UsageError } from './command.ts'

export const DIALECT_OPTIONS = { separator: { type: 'string' }, decimal: { type: 'string' } } as const

export const DIALECT_DETAILS: readonly string[] = [
  '  --separator NAME       between the fields of a CSV: comma, semicolon, tab or pipe; without it the header tells',
  '  --decimal NAME         before the decimals of a CSV: point (default) or comma',
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

/** Throws UsageError. */
export function dialectOf(values: Arguments['values'], form: RowsForm): CsvDialect {
  const faults = new FaultList()
  const [separator, decimal] = [values['separator'], values['decimal']] as (string | undefined)[]
  const dialect = readDialect({ separator, decimal }, form, faults)
  const [fault] = faults.listed
  if (fault === undefined) return dialect
  throw new UsageError(`--${fault.parameter}: ${fault.detail}`)
}
