// A data set from its bytes to what is kept of it beside them: digest, columns, statistics, first rows. For a thread.
import { createHash } from 'node:crypto'
import { invalidRequest, ServiceError } from '../errors.ts'
import type { Warning } from '../learning/warnings.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import { FaultList } from '../model/faults.ts'
import { type ReadTable, withoutMixed } from '../model/read-column.ts'
import { type Level, sliceRows, toRows } from '../model/table.ts'
import { COLUMNS_MAX } from '../model/table-limits.ts'
import { type BodyBytes, withWindow } from '../rows/byte-window.ts'
import type { CsvDialect } from '../rows/csv-dialect.ts'
import type { RowsForm } from '../rows/forms.ts'
import { readBatches, readBody } from '../rows/read-body.ts'
import type { AssembledRows } from '../rows/table-assembler.ts'
import { TableProfile } from './statistics/table-profile.ts'
import type { TableStatistics } from './statistics/table-statistics.ts'

export interface DatasetShape {
  readonly form: RowsForm
  readonly dialect: CsvDialect
}

export interface DatasetDescription {
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string
  readonly byteLength: number
  readonly statistics: TableStatistics
  /** What was decided when the rows were read. */
  readonly decisions: readonly Warning[]
  readonly preview: readonly Readonly<Record<string, Level | null>>[]
}

const PREVIEW_ROWS_MAX = 100
const PREVIEW_CELLS_MAX = 20_000
const PREVIEW_TEXT_MAX = 200
/** Rows of a table in memory that are added at once. */
const SLICE_ROWS = 2 ** 16

/**
 * Throws ServiceError BODY_MALFORMED, REQUEST_INVALID with the faults of the rows, and what `memory` throws. CSV and NDJSON
 * are read in batches, in memory that does not grow with their length; the other forms as one table. O(bytes + cells).
 */
export async function describeBody(
  body: BodyBytes,
  { form, dialect }: DatasetShape,
  memory: MemoryHold,
): Promise<DatasetDescription> {
  const { sha256, byteLength } = digestOf(body)
  const profile = new TableProfile()
  const faults = new FaultList()
  const decisions: Warning[] = []
  let preview: DatasetDescription['preview'] = []
  const add = ({ table, faults: found, warnings }: Readonly<AssembledRows>): void => {
    for (const fault of found.listed) {
      faults.add(fault.row === undefined ? fault : { ...fault, row: fault.row + profile.rowCount })
    }
    faults.count += found.count - found.listed.length
    decisions.push(...warnings)
    if (profile.rowCount === 0) preview = previewOf(table)
    profile.add(table)
    if (profile.columnCount > COLUMNS_MAX) {
      faults.add({ in: 'body', detail: `more than ${COLUMNS_MAX} columns in the first ${profile.rowCount} rows` })
      throw invalidRequest(faults)
    }
  }
  if (form === 'csv' || form === 'ndjson') readBatches(body, { form, dialect, memory }, add)
  else {
    const { features } = await readBody(body, { form, dialect, members: [], isList: true, labelNames: [], memory })
    if ('notRows' in features) throw new ServiceError('BODY_MALFORMED', `expected rows, got ${features.notRows}`)
    const { warnings, table } = features
    decisions.push(...warnings)
    for (const slice of slicesOf(table)) add({ table: slice, faults: new FaultList(), warnings: [] })
    faults.addAll(features.faults)
  }
  if (faults.isEmpty && profile.rowCount === 0)
    faults.add({ in: 'body', detail: 'expected at least one row, got none' })
  if (faults.isEmpty && profile.columnCount === 0) faults.add({ in: 'body', detail: 'the rows have no columns' })
  if (!faults.isEmpty) throw invalidRequest(faults)
  return {
    sha256,
    byteLength,
    statistics: profile.finish(),
    decisions,
    preview,
  }
}

/** O(bytes), in one window of them. */
function digestOf(body: BodyBytes): Pick<DatasetDescription, 'sha256' | 'byteLength'> {
  const hash = createHash('sha256')
  return withWindow(body, (window) => {
    while (window.more(window.end)) hash.update(window.bytes.subarray(0, window.end))
    return { sha256: hash.digest('hex'), byteLength: window.offset }
  })
}

/** Views, not copies. */
function* slicesOf({ rowCount, columns }: ReadTable): Generator<ReadTable> {
  for (let start = 0; start < rowCount; start += SLICE_ROWS) {
    const end = Math.min(rowCount, start + SLICE_ROWS)
    yield {
      rowCount: end - start,
      columns: columns.map((column) => {
        if (column.kind === 'numeric') return { ...column, values: column.values.subarray(start, end) }
        if (column.kind === 'categorical') return { ...column, codes: column.codes.subarray(start, end) }
        return { ...column, values: column.values.subarray(start, end), codes: column.codes.subarray(start, end) }
      }),
    }
  }
}

function previewOf(table: ReadTable): DatasetDescription['preview'] {
  const rowCount = Math.min(
    table.rowCount,
    PREVIEW_ROWS_MAX,
    Math.max(1, Math.floor(PREVIEW_CELLS_MAX / Math.max(1, table.columns.length))),
  )
  const [first = { rowCount: 0, columns: [] }] = slicesOf({ ...table, rowCount })
  const rows = toRows(sliceRows(withoutMixed(first), 0, rowCount))
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cutShort(value)])))
}

function cutShort(value: Level | null): Level | null {
  if (typeof value !== 'string' || value.length <= PREVIEW_TEXT_MAX) return value
  return `${value.slice(0, PREVIEW_TEXT_MAX - 1).toWellFormed()}…`
}
