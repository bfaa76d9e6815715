// A file in any form as a Table, with what was decided about it. Made for threads: reading a file blocks, and large files
// take seconds.
import { invalidRequest } from '../errors.ts'
import { type Warning, WarningList } from '../learning/warnings.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import { NO_READING_OPTIONS, type ReadingOptions } from '../model/reading-options.ts'
import { settleTable } from '../model/settle-columns.ts'
import type { Table } from '../model/table.ts'
import type { BodyBytes } from './byte-window.ts'
import type { CsvDialect } from './csv-dialect.ts'
import type { RowsForm } from './forms.ts'
import { readRows } from './read-body.ts'
import { TableAssembler } from './table-assembler.ts'

export interface TableOptions {
  /** How the file is written; what it lacks is found in the file. */
  readonly dialect?: CsvDialect | undefined
  /** Which values are missing, and what columns are; what it lacks is found in the values. */
  readonly reading?: ReadingOptions | undefined
  /** Asked before the table takes memory. */
  readonly memory?: MemoryHold | undefined
}

export interface ReadFile {
  readonly table: Table
  /** Everything that was decided and not said: separator, encoding, sheet, missing values, columns of several kinds. */
  readonly decisions: readonly Warning[]
}

/**
 * Reads a file, by its path or as bytes: a list of row objects in JSON, rows alone in the other forms. Throws ServiceError
 * BODY_MALFORMED where it is not of its form, with the place; REQUEST_INVALID with every fault of columns, rows and values;
 * and what `memory` throws. O(bytes); holds the table, and of the file a window, a batch, a page, or the texts of a workbook.
 */
export async function readTable(source: BodyBytes, form: RowsForm, options: TableOptions = {}): Promise<ReadFile> {
  const { dialect, memory, reading = NO_READING_OPTIONS } = options
  const isText = (column: string): boolean => reading.columnTypes.get(column) === 'categorical'
  const assembler = new TableAssembler(() => 'features', memory, isText)
  const { table, faults, warnings } = await readRows(source, { form, dialect, memory, options: reading }, assembler)
  const decisions = new WarningList(warnings)
  const isEmpty = table.rowCount === 0 && faults.isEmpty
  if (isEmpty) faults.add({ in: 'features', detail: 'expected at least one row, got none' })
  const names = new Set(table.columns.map(({ name }) => name))
  for (const column of reading.columnTypes.keys()) {
    if (!names.has(column)) faults.add({ in: 'body', column, detail: 'column_types: no row has such a column' })
  }
  if (!faults.isEmpty) throw invalidRequest(faults)
  const settled = settleTable(table, {
    place: 'features',
    options: reading,
    isOfTexts: form === 'csv',
    memory,
    faults,
    warn: (code, column, message) => decisions.add({ code, message, column }),
  })
  if (!faults.isEmpty) throw invalidRequest(faults)
  return { table: settled, decisions: decisions.listed }
}
