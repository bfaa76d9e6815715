// What a caller says of a data set: from the query and the fields of a form, with every fault.
import { extname } from 'node:path'
import type { FaultList } from '../model/faults.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import { FORM_OF_ENDING, ROWS_MEDIA_TYPES, type RowsForm } from '../rows/forms.ts'
import { DIALECT_PART_NAMES, namesOf, readDialect } from '../rows/rows-query.ts'
import { type DatasetMeta, NAME_PATTERN } from './dataset.ts'

export type GivenMeta = {
  readonly [Part in 'name' | 'description' | 'labels' | 'format' | keyof CsvDialect]?: string | undefined
}

/** What tells the form where the caller does not say it. */
export interface FileFacts {
  readonly mediaType?: string | undefined
  readonly fileName?: string | undefined
}

/** The form that the ending of a name tells. */
const ENDINGS: Readonly<Record<string, RowsForm>> = { ...FORM_OF_ENDING, '.txt': 'csv' }

/** Adds all that is wrong; then what is returned means nothing. */
export function readMeta(given: GivenMeta, file: FileFacts, faults: FaultList): DatasetMeta {
  const { name, description, labels } = given
  const ending = extname(file.fileName ?? '').toLowerCase()
  const form = readForm(given.format, file.mediaType, ending, faults)
  if (name === undefined || !new RegExp(NAME_PATTERN, 'u').test(name)) {
    const detail = 'expected 1 to 200 letters, digits, spaces, ".", "_" and "-", the first a letter or a digit'
    faults.add({ in: 'query', parameter: 'name', detail })
  }
  const dialect = readDialect(given, form, faults)
  const labelNames = labels === undefined || labels === '' ? [] : namesOf(labels, 'labels', faults)
  return { name: name as string, description: description ?? null, labels: labelNames, form: form ?? 'csv', dialect }
}

/** Whether the rows can be read all the same: their form, and how it is written, have no faults. */
export function isReadable({ listed }: FaultList): boolean {
  const parts: readonly (string | undefined)[] = ['format', ...DIALECT_PART_NAMES]
  return listed.every(({ parameter }) => !parts.includes(parameter))
}

function readForm(
  format: string | undefined,
  mediaType: string | undefined,
  ending: string,
  faults: FaultList,
): RowsForm | undefined {
  const forms: readonly string[] = [...new Set(Object.values(ROWS_MEDIA_TYPES))]
  if (format !== undefined && forms.includes(format)) return format as RowsForm
  const told = ROWS_MEDIA_TYPES[mediaType?.toLowerCase() as keyof typeof ROWS_MEDIA_TYPES] ?? ENDINGS[ending]
  if (format === undefined && told !== undefined) return told
  const detail = `expected one of ${forms.join(', ')}: neither the content type nor the ending of a file tells it`
  faults.add({ in: 'query', parameter: 'format', detail })
  return undefined
}
