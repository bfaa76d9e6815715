// Rows out of an Arrow IPC stream or file (Feather), straight into columns. The package is loaded when the first one comes.
import type { Data, RecordBatch, Schema } from 'apache-arrow'
import { ServiceError } from '../errors.ts'
import type { MemoryHold } from '../memory/memory-budget.ts'
import type { ColumnBuilder } from '../model/column-builder.ts'
import type { Level } from '../model/table.ts'
import { soundMessages } from './arrow-messages.ts'
import { setterOfTimes } from './arrow-times.ts'
import { ByteLevels, hashOf } from './byte-levels.ts'
import { type BodyBytes, chunksOf } from './byte-window.ts'
import { setBoolean, setInteger, setNumber } from './cell-setters.ts'
import { withRandomBytes } from './random-bytes.ts'
import type { TableAssembler } from './table-assembler.ts'

type Arrow = typeof import('apache-arrow')

/** A column that is taken, and its strings by their bytes. */
interface ArrowColumn {
  readonly builder: ColumnBuilder
  readonly levels: ByteLevels
}

/** Sets the value at an index of a batch's column, which is present, for a row. Returns what is wrong with it. */
type SetValue = (index: number, row: number) => string | undefined

const ROWS_MAX = 2 ** 29
/** https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format: magic and padding, messages, footer, its length, magic. */
const FILE_MAGIC = 'ARROW1'
const FILE_HEAD_BYTES = 8
const FILE_TAIL_BYTES = 10
const FEATHER_1 = 'FEA1'
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads all batches; the bytes must not be written to afterwards. Throws BODY_MALFORMED for what is neither a stream nor a
 * file of Arrow. Holds a batch at a time.
 */
export async function readArrowRows(body: BodyBytes, assembler: TableAssembler, memory?: MemoryHold): Promise<void> {
  const arrow = await import('apache-arrow')
  const { what, start, end } = await placeOfStream(body)
  try {
    const reader = arrow.RecordBatchReader.from(soundMessages(chunksOf(body, start, end), memory))
    reader.open()
    const columns = openColumns(arrow, reader.schema, assembler)
    for (const batch of reader) readBatch(arrow, batch, columns, assembler)
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const detail = `the body is not an Arrow ${what}: ${(error as Error).message}`
    throw new ServiceError('BODY_MALFORMED', detail, { cause: error })
  }
}

/** Where the messages lie: all of a stream; in a file between its magic and its footer. */
function placeOfStream(body: BodyBytes): Promise<{ what: 'stream' | 'file'; start: number; end: number }> {
  return withRandomBytes(body, (bytes) => {
    const { byteLength } = bytes
    const head = bytes.read(0, Math.min(byteLength, FILE_HEAD_BYTES)).toString('latin1')
    if (head.startsWith(FEATHER_1))
      throw malformed('it is of Feather version 1: save it as version 2, which is an Arrow file')
    if (!head.startsWith(FILE_MAGIC)) return { what: 'stream', start: 0, end: byteLength } as const
    if (byteLength < FILE_HEAD_BYTES + FILE_TAIL_BYTES) throw malformed('it is cut short')
    const tail = bytes.read(byteLength - FILE_TAIL_BYTES, byteLength)
    if (tail.toString('latin1', 4) !== FILE_MAGIC)
      throw malformed(`it does not end with ${FILE_MAGIC}, so it is cut short`)
    const end = byteLength - FILE_TAIL_BYTES - tail.readUInt32LE(0)
    if (end < FILE_HEAD_BYTES) throw malformed('its footer is longer than the file')
    return { what: 'file', start: FILE_HEAD_BYTES, end } as const
  })
}

function malformed(detail: string): ServiceError {
  return new ServiceError('BODY_MALFORMED', `the body is not an Arrow file: ${detail}`)
}

/** Per field of the schema its column; undefined where it cannot be taken, which is a fault. */
function openColumns(arrow: Arrow, { fields }: Schema, assembler: TableAssembler): (ArrowColumn | undefined)[] {
  if (fields === undefined) throw new Error('it has no schema')
  const seen = new Set<string>()
  return fields.map(({ name, type }) => {
    const builder = seen.has(name) ? undefined : assembler.column(name)
    if (seen.has(name)) assembler.headerFault(name, 'the schema names it twice')
    seen.add(name)
    const isTaken = isValueType(arrow, arrow.DataType.isDictionary(type) ? type.dictionary : type)
    if (!isTaken) {
      const detail = `the Arrow type ${type} is not taken; expected numbers, booleans, strings, decimals, dates, times, a dictionary of them or null`
      assembler.headerFault(name, detail)
    }
    return builder !== undefined && isTaken ? { builder, levels: new ByteLevels() } : undefined
  })
}

function isValueType({ DataType }: Arrow, type: unknown): boolean {
  const kinds = [
    DataType.isNull,
    DataType.isInt,
    DataType.isFloat,
    DataType.isBool,
    DataType.isUtf8,
    DataType.isLargeUtf8,
  ]
  return [...kinds, DataType.isDecimal, DataType.isDate, DataType.isTime, DataType.isTimestamp].some((isKind) =>
    isKind(type),
  )
}

function readBatch(
  arrow: Arrow,
  batch: RecordBatch,
  columns: readonly (ArrowColumn | undefined)[],
  assembler: TableAssembler,
): void {
  const { numRows } = batch
  if (!(numRows >= 0 && assembler.rowCount + numRows <= ROWS_MAX)) throw new Error(`more than ${ROWS_MAX} rows`)
  let { dropCount } = assembler
  let setters = columns.flatMap((column, j) => {
    const data = batch.data.children[j]
    if (column === undefined || data === undefined || arrow.DataType.isNull(data.type)) return []
    if (data.length < numRows) throw new Error(`column ${j} has fewer values than the batch has rows`)
    return [{ column, isPresent: presenceOf(data, numRows), set: setterOf(arrow, data, numRows, column) }]
  })
  for (let i = 0; i < numRows; i++) {
    const row = assembler.beginRow()
    if (dropCount !== assembler.dropCount) {
      dropCount = assembler.dropCount
      setters = setters.filter(({ column }) => assembler.has(column.builder))
    }
    for (const { column, isPresent, set } of setters) {
      const wrong = isPresent(i) ? set(i, row) : undefined
      if (wrong !== undefined) assembler.valueFault(column.builder, wrong)
    }
    assembler.endRow()
  }
}

/** Tells whether the value at an index is present. */
function presenceOf({ nullBitmap, offset }: Data, rowCount: number): (index: number) => boolean {
  if (nullBitmap === undefined || nullBitmap.length === 0) return () => true
  if (nullBitmap.length * 8 < offset + rowCount) throw new Error('a bitmap is shorter than its column')
  return (i) => ((nullBitmap[(offset + i) >> 3] as number) & (1 << ((offset + i) & 7))) !== 0
}

function setterOf(arrow: Arrow, data: Data, rowCount: number, column: ArrowColumn): SetValue {
  const { DataType } = arrow
  const { builder } = column
  const { type } = data
  if (DataType.isDictionary(type)) return dictionarySetter(arrow, data, rowCount, builder)
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return stringSetter(data, rowCount, column)
  const times = setterOfTimes(arrow, data, rowCount, builder)
  if (times !== undefined) return times
  const { values } = data
  if (DataType.isBool(type)) {
    if (values.length * 8 < data.offset + rowCount) throw new Error('a column is shorter than its batch')
    return (i, row) => {
      const bit = data.offset + i
      return setBoolean(builder, row, ((values[bit >> 3] as number) & (1 << (bit & 7))) !== 0)
    }
  }
  if (values.length < rowCount) throw new Error('a column is shorter than its batch')
  if (DataType.isFloat(type) && type.precision === arrow.Precision.HALF) {
    const vector = arrow.makeVector(data)
    return (i, row) => setNumber(builder, row, vector.get(i) as number)
  }
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return (i, row) => setInteger(builder, row, values[i] as bigint)
  }
  return (i, row) => setNumber(builder, row, values[i] as number)
}

function stringSetter({ values, valueOffsets }: Data, rowCount: number, { builder, levels }: ArrowColumn): SetValue {
  if (valueOffsets.length <= rowCount) throw new Error('a column is shorter than its batch')
  const bytes = values as Uint8Array
  let endBefore = 0
  return (i, row) => {
    const start = Number(valueOffsets[i])
    const end = Number(valueOffsets[i + 1])
    // Strings that lie over each other could be more than all bytes together.
    const isSound = start >= endBefore && start <= end && end <= bytes.length
    if (!isSound) throw new Error('a string lies outside of its place')
    endBefore = end
    const hash = hashOf(bytes, start, end)
    const known = levels.find(bytes, start, end, hash)
    if (known >= 0) {
      builder.setCode(row, known)
      return undefined
    }
    const text = decoder.decode(bytes.subarray(start, end))
    const wrong = builder.setLevel(row, text)
    if (wrong === undefined) levels.remember(bytes, start, end, hash, builder.codeFor(text))
    return wrong
  }
}

function dictionarySetter(arrow: Arrow, data: Data, rowCount: number, builder: ColumnBuilder): SetValue {
  const { values: indices, dictionary } = data
  if (indices.length < rowCount || dictionary === undefined) throw new Error('a dictionary or its indices are missing')
  for (const chunk of dictionary.data) checkOffsets(chunk)
  const [first] = dictionary.data
  const times = first === undefined ? undefined : setterOfTimes(arrow, first, first.length, builder)
  if (times !== undefined && dictionary.data.length > 1) throw new Error('a dictionary of times comes in several parts')
  const known: (Level | bigint | null | undefined)[] = []
  return (i, row) => {
    const index = Number(indices[i])
    if (!(index >= 0 && index < dictionary.length)) throw new Error(`a dictionary has no value ${index}`)
    if (times !== undefined) return dictionary.isValid(index) ? times(index, row) : undefined
    let level = known[index]
    if (level === undefined) {
      level = dictionary.get(index) as Level | bigint | null
      known[index] = level
    }
    if (level === null) return undefined
    if (typeof level === 'bigint') return setInteger(builder, row, level)
    if (typeof level === 'boolean') return setBoolean(builder, row, level)
    return typeof level === 'number' ? setNumber(builder, row, level) : builder.setLevel(row, level)
  }
}

const checked = new WeakSet<Data>()

/** Throws when the strings of a dictionary lie over each other or outside of its bytes. */
function checkOffsets(data: Data): void {
  const { valueOffsets, values, length } = data
  if (checked.has(data)) return
  checked.add(data)
  if (valueOffsets === undefined) {
    if (values !== undefined && values.length * 8 < length) throw new Error('a dictionary is cut short')
    return
  }
  let endBefore = 0
  for (let i = 0; i <= length; i++) {
    const offset = Number(valueOffsets[i])
    if (!(offset >= endBefore && offset <= values.length))
      throw new Error('a dictionary has a string outside of its place')
    endBefore = offset
  }
}
