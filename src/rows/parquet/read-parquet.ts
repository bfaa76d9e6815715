// Rows out of a Parquet file, group by group and in it column by column, straight into columns.
import { ServiceError } from '../../errors.ts'
import type { TableMemory } from '../../model/table-memory.ts'
import type { BodyBytes } from '../byte-window.ts'
import { decompress } from '../codecs/decompress.ts'
import { type RandomBytes, withRandomBytes } from '../random-bytes.ts'
import type { TableAssembler } from '../table-assembler.ts'
import { meaningOf } from './column-meaning.ts'
import { ColumnSetter } from './column-setter.ts'
import { type ColumnChunk, type ParquetField, readMetadata } from './file-metadata.ts'
import { PageReader, readRuns } from './page-encodings.ts'
import { ENCODINGS, type PageValues, readValues, type StoredType } from './page-values.ts'
import { ThriftReader, type ThriftStruct } from './thrift.ts'
import { numberOf, structOf } from './thrift-fields.ts'

const ROWS_MAX = 2 ** 29
/** A page, decompressed. Writers make pages of a megabyte. */
const PAGE_BYTES_MAX = 2 ** 28
const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 2, 3]

/** A column that is taken, and where it is among the leaves of the schema. */
interface ParquetColumn {
  readonly field: ParquetField
  readonly stored: StoredType
  readonly leaf: number
  readonly setter: ColumnSetter
}

/**
 * Reads all rows. Throws BODY_MALFORMED for what is no Parquet file. Holds the table, the bytes of one column in one group
 * of rows, and one of its pages.
 */
export async function readParquet(body: BodyBytes, assembler: TableAssembler, memory?: TableMemory): Promise<void> {
  try {
    await withRandomBytes(body, (file) => readFile(file, assembler, memory))
  } catch (error) {
    if (error instanceof ServiceError) throw error
    const detail = `the body is not a Parquet file: ${(error as Error).message}`
    throw new ServiceError('BODY_MALFORMED', detail, { cause: error })
  }
}

function readFile(file: RandomBytes, assembler: TableAssembler, memory: TableMemory | undefined): void {
  const { fields, rowGroups } = readMetadata(file, memory)
  let columns = openColumns(fields, assembler)
  for (const { rowCount, chunks } of rowGroups) {
    if (rowCount === 0) continue
    if (assembler.rowCount + rowCount > ROWS_MAX) throw new Error(`it has more than ${ROWS_MAX} rows`)
    const first = assembler.beginRows(rowCount)
    columns = columns.filter(({ setter }) => assembler.has(setter.builder))
    for (const column of columns) {
      try {
        new ChunkReader(column, first, rowCount, assembler, memory).read(file, chunks[column.leaf] as ColumnChunk)
      } catch (error) {
        if (error instanceof ServiceError) throw error
        const place = `column ${JSON.stringify(column.field.name.slice(0, 255))}, rows from ${first} on`
        throw new Error(`${place}: ${(error as Error).message}`, { cause: error })
      }
    }
  }
}

function openColumns(fields: readonly ParquetField[], assembler: TableAssembler): ParquetColumn[] {
  const seen = new Set<string>()
  let leaf = 0
  return fields.flatMap((field) => {
    const { name, type, typeLength, leafCount } = field
    const at = leaf
    leaf += leafCount
    const isTwice = seen.has(name)
    if (isTwice) assembler.headerFault(name, 'the schema names it twice')
    seen.add(name)
    const builder = isTwice ? undefined : assembler.column(name)
    const meaning = meaningOf(field)
    if ('refused' in meaning) assembler.headerFault(name, meaning.refused)
    else if (builder !== undefined && type !== undefined) {
      return [{ field, stored: { type, typeLength }, leaf: at, setter: new ColumnSetter(builder, meaning) }]
    }
    return []
  })
}

/** What a page says in its header, whatever its version. */
interface Page {
  readonly count: number
  readonly encoding: number
  /** Its levels and values. */
  readonly levels: Int32Array | undefined
  readonly reader: PageReader
}

/** One column in one group of rows. */
class ChunkReader {
  private readonly column: ParquetColumn
  private readonly assembler: TableAssembler
  private readonly memory: TableMemory | undefined
  private row: number
  private readonly end: number
  private dictionary: PageValues | undefined
  /** Codes of the dictionary's values in the table. */
  private known = new Int32Array(0)

  constructor(
    column: ParquetColumn,
    first: number,
    rowCount: number,
    assembler: TableAssembler,
    memory: TableMemory | undefined,
  ) {
    this.column = column
    this.assembler = assembler
    this.memory = memory
    this.row = first
    this.end = first + rowCount
  }

  read(file: RandomBytes, { codec, start, end }: ColumnChunk): void {
    let held = end - start
    this.memory?.take(held)
    const bytes = file.read(start, end)
    for (let at = 0; this.row < this.end; ) {
      if (at >= bytes.length) throw new Error(`it ends before row ${this.row}`)
      const thrift = new ThriftReader(bytes.subarray(at))
      const header = thrift.readStruct()
      const length = numberOf(header, 3)
      const from = at + thrift.at
      if (from + length > bytes.length) throw new Error('a page is cut short')
      at = from + length
      const unpackedLength = numberOf(header, 2)
      if (unpackedLength > PAGE_BYTES_MAX)
        throw new Error(`a page of ${unpackedLength} bytes is more than ${PAGE_BYTES_MAX}`)
      this.memory?.take(unpackedLength)
      const isKept = this.readPage(header, bytes.subarray(from, at), unpackedLength, codec)
      if (isKept) held += unpackedLength
      else this.memory?.give(unpackedLength)
    }
    this.memory?.give(held)
  }

  /** True when the values stay in memory. */
  private readPage(header: ThriftStruct, packed: Uint8Array, length: number, codec: ColumnChunk['codec']): boolean {
    const type = numberOf(header, 1)
    if (type === DICTIONARY_PAGE) {
      const bytes = decompress(codec, packed, length)
      // A value takes a bit at the least.
      const count = numberOf(structOf(header.get(7)), 1)
      if (count > 8 * bytes.length) throw new Error('a dictionary is cut short')
      this.dictionary = readValues(new PageReader(bytes), ENCODINGS.plain, count, this.column.stored)
      this.known = new Int32Array(count).fill(-1)
      return true
    }
    if (type === DATA_PAGE) this.setRows(this.pageOf(structOf(header.get(5)), decompress(codec, packed, length)))
    else if (type === DATA_PAGE_V2) this.setRows(this.pageOf2(structOf(header.get(8)), packed, length, codec))
    return false
  }

  private pageOf(header: ThriftStruct, bytes: Uint8Array): Page {
    const count = this.countOf(header)
    const reader = new PageReader(bytes)
    if (this.column.field.repetition === 'required')
      return { count, encoding: numberOf(header, 2), levels: undefined, reader }
    if (numberOf(header, 3) !== ENCODINGS.runs) throw new Error('its levels have an encoding that is not taken')
    const levels = readRuns(new PageReader(reader.take(reader.uint32())), 1, count)
    return { count, encoding: numberOf(header, 2), levels, reader }
  }

  /** Levels come first there, and are never compressed. */
  private pageOf2(header: ThriftStruct, packed: Uint8Array, length: number, codec: ColumnChunk['codec']): Page {
    const count = this.countOf(header)
    const levelsLength = numberOf(header, 5)
    const skipped = numberOf(header, 6)
    const before = new PageReader(packed)
    before.take(skipped)
    const levelBytes = before.take(levelsLength)
    const rest = before.take(before.left)
    const restLength = length - levelsLength - skipped
    const isPacked = header.get(7) !== false && restLength > 0
    const reader = new PageReader(isPacked ? decompress(codec, rest, restLength) : rest)
    const isRequired = this.column.field.repetition === 'required'
    const levels = isRequired ? undefined : readRuns(new PageReader(levelBytes), 1, count)
    return { count, encoding: numberOf(header, 4), levels, reader }
  }

  private countOf(header: ThriftStruct): number {
    const count = numberOf(header, 1)
    if (count <= this.end - this.row) return count
    throw new Error(`a page has ${count} values, more than the ${this.end - this.row} rows that are left`)
  }

  private setRows({ count, encoding, levels, reader }: Page): void {
    let presentCount = count
    if (levels !== undefined) for (const level of levels) if (level === 0) presentCount -= 1
    const set = this.setterOf(reader, encoding, presentCount)
    const { builder } = this.column.setter
    let index = 0
    for (let i = 0; i < count; i++) {
      if (levels === undefined || levels[i] !== 0) {
        const wrong = set(index++, this.row + i)
        if (wrong !== undefined) this.assembler.cellFault(builder, this.row + i, wrong)
      }
    }
    this.row += count
  }

  private setterOf(reader: PageReader, encoding: number, count: number) {
    const { setter, stored } = this.column
    if (encoding !== ENCODINGS.dictionary && encoding !== ENCODINGS.plainDictionary) {
      return setter.of(readValues(reader, encoding, count, stored))
    }
    if (this.dictionary === undefined) throw new Error('a page refers to a dictionary that is not there')
    // A page without a present value may have nothing else.
    const bitWidth = reader.left > 0 ? reader.view.getUint8(reader.at++) : 0
    return setter.ofIndices(readRuns(reader, bitWidth, count), this.dictionary, this.known)
  }
}
