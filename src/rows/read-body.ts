// A body in any form, from its bytes to tables.
import { ServiceError } from '../errors.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import { BATCH_ROWS_MAX } from '../model/column-builder.ts'
import { FaultList } from '../model/faults.ts'
import { mixedColumnsOfText } from '../model/judge-column.ts'
import { type ReadTable, withoutMixed } from '../model/read-column.ts'
import type { ReadingOptions } from '../model/reading-options.ts'
import { type BodyBytes, type ByteWindow, withWindow } from './byte-window.ts'
import type { CsvDialect } from './csv-dialect.ts'
import { CsvRows } from './csv-rows.ts'
import type { RowsForm } from './forms.ts'
import { type ReadBody, readJsonBody, readJsonList } from './json-body.ts'
import { JsonReader } from './json-reader.ts'
import { JsonRows } from './json-rows.ts'
import { refuseOtherForm } from './other-forms.ts'
import { type AssembledRows, TableAssembler } from './table-assembler.ts'
import { findEncoding, type TextEncoding, withTextWindow } from './text-encoding.ts'

/** What a body may have. */
export interface BodyShape {
  readonly form: RowsForm
  /** Of a JSON object. */
  readonly members: readonly string[]
  /** True of JSON that is a list of rows, without an object around it: then its labels are columns, as in other forms. */
  readonly isList?: boolean | undefined
  /** Of the other forms: the columns that are labels, in their order; all others are features. */
  readonly labelNames: readonly string[]
  /** Asked before the tables take memory. */
  readonly memory?: MemoryHold | undefined
  /** Of CSV and workbooks. */
  readonly dialect?: CsvDialect | undefined
  /** Columns whose cells are text as they stand, in forms in which they could be numbers too. */
  readonly isText?: ((column: string) => boolean) | undefined
  /** Of a training in CSV: then a column of numbers and texts that is to be text is read as it stands. */
  readonly options?: ReadingOptions | undefined
}

interface BatchedShape {
  readonly form: 'csv' | 'ndjson'
  readonly dialect: CsvDialect
  /** Asked before a batch takes memory. */
  readonly memory?: MemoryHold | undefined
}

/** Of CSV and NDJSON that are read in batches: some thousand rows. */
const BATCH_BYTES = 2 ** 18

/** Reads a whole body. Throws ServiceError BODY_MALFORMED when it is not of its form, and what `memory` throws. O(bytes). */
export async function readBody(body: BodyBytes, shape: BodyShape): Promise<ReadBody> {
  const { form, members, labelNames, isText, memory } = shape
  if (form === 'json' && !shape.isList) return withWindow(body, (window) => readJsonBody(window, members, memory))
  if (form === 'json')
    return divided(
      withWindow(body, (window) => readJsonList(window, memory)),
      labelNames,
    )
  const isLabel = new Set(labelNames)
  const assembler = new TableAssembler((column) => (isLabel.has(column) ? 'labels' : 'features'), memory, isText)
  return divided(await readRows(body, shape, assembler), labelNames)
}

/** Reads the rows of a body that is no JSON object into the columns of the assembler. Throws as readBody does. */
export async function readRows(
  body: BodyBytes,
  shape: Omit<BodyShape, 'members' | 'labelNames'>,
  assembler: TableAssembler,
): Promise<AssembledRows> {
  const { form, memory, dialect = {} } = shape
  if (form === 'csv') return readCsv(body, shape, assembler)
  if (form === 'arrow') {
    const { readArrowRows } = await import('./arrow-rows.ts')
    await readArrowRows(body, assembler, memory)
  } else if (form === 'parquet') {
    const { readParquet } = await import('./parquet/read-parquet.ts')
    await readParquet(body, assembler, memory)
  } else if (form === 'xlsx') {
    const { readWorkbook } = await import('./excel/read-workbook.ts')
    await readWorkbook(body, assembler, { sheet: dialect.sheet, memory })
  } else if (form === 'ndjson') withWindow(body, (window) => readJsonLines(new JsonReader(window), assembler))
  else withWindow(body, (window) => readRowList(new JsonReader(window), assembler))
  return assembler.finish()
}

/**
 * Reads a CSV or NDJSON in batches of some 256 KiB, and 16,384 rows at the most, and gives each: the same rows, faults and
 * decisions as of the whole in one piece, but that rows count from 0 in each batch. A batch holds until `take` returns.
 * Throws BODY_MALFORMED, and what `memory` throws. Takes the memory of a batch, whatever the length of the body.
 */
export function readBatches(
  body: BodyBytes,
  { form, dialect, memory }: BatchedShape,
  take: (rows: AssembledRows) => void,
): void {
  const assembler = new TableAssembler(() => 'features', memory)
  if (form === 'ndjson') {
    withWindow(body, (window) => {
      for (const rows of jsonLineBatches(new JsonReader(window), assembler, BATCH_BYTES)) take(rows)
    })
    return
  }
  withCsvWindow(body, assembler, dialect, (window) => {
    for (const rows of new CsvRows(window, assembler, dialect).readBatches(BATCH_BYTES)) take(rows)
  })
}

/** Calls `use` with the CSV as UTF-8; its encoding is found, and told. Throws BODY_MALFORMED for what is another file. */
function withCsvWindow(
  body: BodyBytes,
  assembler: TableAssembler,
  dialect: CsvDialect | undefined,
  use: (window: ByteWindow) => void,
): TextEncoding {
  refuseOtherForm(body)
  const { encoding, decision } = findEncoding(body, dialect?.encoding)
  if (decision !== undefined) assembler.warn(decision)
  withTextWindow(body, encoding, use)
  return encoding
}

function readCsv(
  body: BodyBytes,
  shape: Omit<BodyShape, 'members' | 'labelNames'>,
  assembler: TableAssembler,
): AssembledRows {
  const { options, dialect } = shape
  const encoding = withCsvWindow(body, assembler, dialect, (window) => new CsvRows(window, assembler, dialect).read())
  const read = assembler.finish()
  const names = options === undefined ? new Set<string>() : mixedColumnsOfText(read.table, options)
  if (names.size === 0) return read
  return { ...read, table: withTexts(read.table, body, encoding, names, shape) }
}

/** Reads the CSV once more for some of its mixed columns, whose numbers have lost how they are written: 5.10 as 5.1. */
function withTexts(
  table: ReadTable,
  body: BodyBytes,
  encoding: TextEncoding,
  names: ReadonlySet<string>,
  { dialect, memory }: Pick<BodyShape, 'dialect' | 'memory'>,
): ReadTable {
  const assembler = new TableAssembler(
    () => 'features',
    memory,
    () => true,
  )
  withTextWindow(body, encoding, (window) => new CsvRows(window, assembler, dialect, names).read())
  const texts = new Map(withoutMixed(assembler.finish().table).columns.map((column) => [column.name, column]))
  const columns = table.columns.map((column) => {
    const text = texts.get(column.name)
    return column.kind === 'mixed' && text?.kind === 'categorical' ? { ...column, texts: text } : column
  })
  return { ...table, columns }
}

/** A row object a line; lines of white space are passed over. */
export function readJsonLines(reader: JsonReader, assembler: TableAssembler): void {
  const rows = new JsonRows(reader, assembler, 'features')
  while (reader.peek() !== -1) readJsonLine(reader, rows)
}

/** The same in batches of some bytes, one at least; each holds until the next one. */
export function* jsonLineBatches(
  reader: JsonReader,
  assembler: TableAssembler,
  batchBytes: number,
): Generator<AssembledRows> {
  const rows = new JsonRows(reader, assembler, 'features')
  do {
    const end = reader.position + batchBytes
    while (assembler.rowCount < BATCH_ROWS_MAX && reader.peek() !== -1 && reader.position < end)
      readJsonLine(reader, rows)
    yield assembler.finishBatch()
    rows.endBatch()
  } while (reader.peek() !== -1)
}

function readJsonLine(reader: JsonReader, rows: JsonRows): void {
  rows.readRow()
  reader.endLine()
}

/** A list of row objects, with nothing behind it. */
function readRowList(reader: JsonReader, assembler: TableAssembler): void {
  if (reader.typeAhead() !== 'array') {
    const detail = `expected a JSON list of row objects, got ${reader.typeAhead()}`
    throw new ServiceError('BODY_MALFORMED', detail)
  }
  new JsonRows(reader, assembler, 'features').readList()
  reader.expectEnd()
}

function divided({ table, faults, warnings }: AssembledRows, labelNames: readonly string[]): ReadBody {
  const { rowCount } = table
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const labels = labelNames.flatMap((name) => byName.get(name) ?? [])
  for (const name of labelNames) byName.delete(name)
  return {
    features: { table: { rowCount, columns: [...byName.values()] }, faults, warnings },
    labels:
      labelNames.length === 0
        ? { notRows: 'nothing', hint: 'expected label columns; name them in the query, as labels=a,b' }
        : { table: { rowCount, columns: labels }, faults: new FaultList(), warnings: [] },
    others: new Map(),
    faults: new FaultList(),
  }
}
