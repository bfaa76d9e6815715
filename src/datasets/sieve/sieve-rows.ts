// A file of rows without those that hold a value: CSV and JSON record by record, the other forms as a table. For a thread.
import { ServiceError } from '../../errors.ts'
import type { MemoryHold } from '../../memory/memory-budget.ts'
import type { ReadColumn } from '../../model/read-column.ts'
import type { SoughtValue } from '../../model/sought-value.ts'
import type { Level } from '../../model/table.ts'
import { type BodyBytes, type ByteWindow, windowOfBytes, withWindow } from '../../rows/byte-window.ts'
import { type CsvDialect, QUOTES } from '../../rows/csv-dialect.ts'
import { CsvRows } from '../../rows/csv-rows.ts'
import { JsonReader } from '../../rows/json-reader.ts'
import { openCsv } from '../../rows/open-csv.ts'
import { readJsonLines, readRows } from '../../rows/read-body.ts'
import { TableAssembler } from '../../rows/table-assembler.ts'
import { findEncoding, withTextWindow } from '../../rows/text-encoding.ts'
import type { DatasetShape } from '../describe-body.ts'
import { eachLine, eachRowObject, type RecordPlace } from './record-ends.ts'
import { soughtIn } from './sought-cells.ts'

/** What was written, and how: a caller's words about the file are not those about what is left of it. */
export interface SievedRows extends DatasetShape {
  /** Rows that hold the value, and are not written. */
  readonly found: number
  /** Rows that are written. */
  readonly left: number
}

type Write = (bytes: Uint8Array) => void

const LF = 0x0a
const CR = 0x0d
const NEW_LINE = Buffer.from('\n')
/** Characters of the rows of a table that are written at once. */
const TEXT_LENGTH = 2 ** 18

/**
 * Writes the rows of a file that was described before, without those that hold the value. Lines of a CSV stay as they are,
 * as UTF-8; JSON stays what it is; rows of the other forms are written as NDJSON, for only their values are known. Throws
 * ServiceError of what cannot be read, and what `memory` and `write` throw. O(bytes); CSV and JSON hold a window.
 */
export async function sieveRows(
  body: BodyBytes,
  shape: DatasetShape,
  sought: SoughtValue,
  write: Write,
  memory: MemoryHold,
): Promise<SievedRows> {
  if (shape.form === 'csv') return sieveCsv(body, shape.dialect, sought, write)
  if (shape.form === 'ndjson' || shape.form === 'json') {
    return { ...shape, ...withWindow(body, (window) => sieveJson(window, shape.form === 'json', sought, write)) }
  }
  return sieveTable(body, shape, sought, write, memory)
}

function sieveCsv(body: BodyBytes, said: CsvDialect, sought: SoughtValue, write: Write): SievedRows {
  const { encoding } = findEncoding(body, said.encoding)
  return withTextWindow(body, encoding, (window) => {
    const { start, separator, quote: mark, decimal } = openCsv(window, said)
    // In full: what is left of the file may no longer tell.
    const dialect: CsvDialect = { separator, quote: mark, decimal, encoding: 'utf-8' }
    const quote = QUOTES[mark]
    const only = new Set([sought.column])
    let header: Buffer | undefined
    let fieldCount = 0
    const counts = { found: 0, left: 0 }
    eachLine(window, start, quote, (bytes, places) => {
      let lines = places
      if (header === undefined) {
        const [first = { start: 0, end: 0 }, ...others] = places
        // A byte order mark stays before it.
        header = Buffer.from(bytes.subarray(0, first.end))
        fieldCount = columnCountOf(header, dialect)
        write(header)
        lines = others
      }
      // A line without anything is no row, unless it is the missing value of the only column.
      const rows = fieldCount > 1 ? lines.filter(({ start }) => bytes[start] !== LF && bytes[start] !== CR) : lines
      const [first] = rows
      if (first === undefined) return
      const assembler = new TableAssembler(() => 'features')
      const batch = Buffer.concat([header, bytes.subarray(first.start, rows.at(-1)?.end)])
      new CsvRows(windowOfBytes(batch), assembler, dialect, only).read()
      count(counts, keep(bytes, rows, assembler, sought, write))
    })
    return { form: 'csv' as const, dialect, ...counts }
  })
}

function columnCountOf(header: Buffer, dialect: CsvDialect): number {
  const assembler = new TableAssembler(() => 'features')
  new CsvRows(windowOfBytes(header), assembler, dialect).read()
  return assembler.finish().table.columns.length
}

function sieveJson(window: ByteWindow, isListForm: boolean, sought: SoughtValue, write: Write) {
  const counts = { found: 0, left: 0 }
  const opening = Buffer.from(isListForm ? '[' : '')
  const separator = Buffer.from(isListForm ? ',\n' : '\n')
  const isList = eachRowObject(window, (bytes, places) => {
    const assembler = new TableAssembler(() => 'features')
    const lines = places.flatMap(({ start, end }) => [bytes.subarray(start, end), NEW_LINE])
    readJsonLines(new JsonReader(windowOfBytes(Buffer.concat(lines))), assembler)
    const kept: Uint8Array[] = []
    let before = counts.left
    const done = keep(bytes, places, assembler, sought, (row) => {
      kept.push(before++ > 0 ? separator : opening, row)
    })
    if (kept.length > 0) write(Buffer.concat(kept))
    count(counts, done)
  })
  if (isList !== isListForm) throw new ServiceError('BODY_MALFORMED', 'expected the rows as they were described')
  if (counts.left > 0) write(Buffer.from(isListForm ? ']' : '\n'))
  return counts
}

/** Writes the records whose rows do not hold the value. */
function keep(
  bytes: Buffer,
  places: readonly RecordPlace[],
  assembler: TableAssembler,
  sought: SoughtValue,
  write: Write,
): { found: number; left: number } {
  const { table } = assembler.finish()
  if (table.rowCount !== places.length) {
    throw new ServiceError('BODY_MALFORMED', `${places.length} records have ${table.rowCount} rows`)
  }
  const isSought = soughtIn(table, sought)
  const kept = isSought === undefined ? places : places.filter((_, row) => !isSought(row))
  for (const { start, end } of kept) write(bytes.subarray(start, end))
  return { found: places.length - kept.length, left: kept.length }
}

function count(counts: { found: number; left: number }, more: { found: number; left: number }): void {
  counts.found += more.found
  counts.left += more.left
}

async function sieveTable(
  body: BodyBytes,
  { form, dialect }: DatasetShape,
  sought: SoughtValue,
  write: Write,
  memory: MemoryHold,
): Promise<SievedRows> {
  const assembler = new TableAssembler(() => 'features', memory)
  const { table } = await readRows(body, { form, dialect, memory }, assembler)
  const isSought = soughtIn(table, sought)
  const cells = table.columns.map((column) => ({ name: JSON.stringify(column.name), cellOf: cellsOf(column) }))
  let [found, left, text] = [0, 0, '']
  for (let row = 0; row < table.rowCount; row++) {
    if (isSought?.(row)) found += 1
    else {
      left += 1
      text += `{${cells.map(({ name, cellOf }) => `${name}:${JSON.stringify(cellOf(row))}`).join()}}\n`
    }
    if (text.length < TEXT_LENGTH) continue
    write(Buffer.from(text))
    text = ''
  }
  write(Buffer.from(text))
  return { form: 'ndjson', dialect: {}, found, left }
}

function cellsOf(column: ReadColumn): (row: number) => Level | null {
  const numberAt = (values: Float64Array, row: number): number | null => {
    const value = values[row] as number
    return Number.isNaN(value) ? null : value
  }
  if (column.kind === 'numeric') return (row) => numberAt(column.values, row)
  const { codes, levels } = column
  if (column.kind === 'categorical') return (row) => levels[codes[row] as number] ?? null
  return (row) => levels[codes[row] as number] ?? numberAt(column.values, row)
}
