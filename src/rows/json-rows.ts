// Row objects out of JSON, straight into columns: no object is built for a row, and no string for a known value.
import type { ColumnBuilder } from '../model/column-builder.ts'
import type { GotType } from '../model/faults.ts'
import { notARow, notAValue } from '../model/value-faults.ts'
import { ByteLevels } from './byte-levels.ts'
import type { JsonReader, JsonType } from './json-reader.ts'
import type { TableAssembler } from './table-assembler.ts'

const BRACKET_END = 0x5d
const BRACE_END = 0x7d
const QUOTE = 0x22
const COLON = 0x3a
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
/** Positions of keys that are remembered. */
const EXPECTED_MAX = 10_000
/** The first rows of a column say little about how often its values come again. */
const LEVELS_FROM_ROW = 16

/** A column, and how its name was written when it was met. */
interface KnownColumn {
  readonly builder: ColumnBuilder
  readonly rawName: Uint8Array
  levels: ByteLevels | undefined
}

export class JsonRows {
  private readonly reader: JsonReader
  private readonly assembler: TableAssembler
  private readonly place: 'features' | 'labels'
  private readonly byName = new Map<string, KnownColumn>()
  /** The columns of earlier rows, by the position of their keys: rows are nearly always written alike. */
  private expected: (KnownColumn | undefined)[] = []
  private dropCount = 0

  /** `place`: the part of the request that faults about values that are not rows name. */
  constructor(reader: JsonReader, assembler: TableAssembler, place: 'features' | 'labels') {
    this.reader = reader
    this.assembler = assembler
    this.place = place
  }

  /** Reads the list at whose bracket the reader stands. Throws BODY_MALFORMED. */
  readList(): void {
    const { reader } = this
    reader.advance()
    if (reader.peek() === BRACKET_END) {
      reader.advance()
      return
    }
    do this.readRow()
    while (reader.hasNext(BRACKET_END))
  }

  /** A batch of rows was taken out of the assembler: codes of a list of levels that was given up mean nothing any more. */
  endBatch(): void {
    for (const column of this.byName.values()) if (column.builder.levelCount === 0) column.levels = undefined
  }

  /** Reads one row, whatever it is. Throws BODY_MALFORMED. */
  readRow(): void {
    const { reader, assembler } = this
    const row = assembler.beginRow()
    if (this.dropCount !== assembler.dropCount) this.forget()
    if (reader.typeAhead() !== 'object') {
      assembler.rowFault(this.place, notARow(withArticle(reader.skipValue())))
      return
    }
    reader.advance()
    if (reader.peek() === BRACE_END) {
      reader.advance()
      return
    }
    let position = 0
    do {
      const column = this.readName(position++)
      reader.expect(COLON)
      if (column === undefined) reader.skipValue()
      else {
        if (column.builder.lastRow === row) assembler.override(column.builder)
        this.readCell(column, row)
      }
    } while (reader.hasNext(BRACE_END))
    assembler.endRow()
  }

  /** The column whose name comes next; undefined when it is one too many. */
  private readName(position: number): KnownColumn | undefined {
    const { reader } = this
    const expected = this.expected[position]
    if (reader.peek() === QUOTE && expected !== undefined && reader.tryString(expected.rawName)) return expected
    reader.scanString()
    const name = reader.stringValue()
    let column = this.byName.get(name)
    if (column === undefined) {
      const builder = this.assembler.column(name)
      if (builder === undefined) return undefined
      const rawName = Uint8Array.from(reader.bytes.subarray(reader.stringStart, reader.stringEnd))
      column = { builder, rawName, levels: undefined }
      this.byName.set(name, column)
    }
    if (position < EXPECTED_MAX) this.expected[position] = column
    return column
  }

  private readCell(column: KnownColumn, row: number): void {
    const { reader } = this
    const byte = reader.peek()
    if ((byte >= ZERO && byte <= NINE) || byte === MINUS) {
      const value = reader.readNumber()
      this.note(column, column.builder.setNumber(row, value))
      if (reader.isWideInteger(value)) column.builder.noteWide(row)
    } else if (byte === QUOTE) this.readString(column, row)
    else this.readOther(column, row, reader.typeAhead())
  }

  private readString(column: KnownColumn, row: number): void {
    const { reader } = this
    const { builder } = column
    reader.scanString()
    const { bytes, stringStart, stringEnd, stringHash } = reader
    if (column.levels !== undefined) {
      const code = column.levels.find(bytes, stringStart, stringEnd, stringHash)
      if (code >= 0) {
        builder.setCode(row, code)
        return
      }
    }
    const level = reader.stringValue()
    this.note(column, builder.setLevel(row, level))
    const code = builder.codeFor(level)
    if (code < 0 || row < LEVELS_FROM_ROW) return
    column.levels ??= new ByteLevels()
    column.levels.remember(bytes, stringStart, stringEnd, stringHash, code)
  }

  private readOther(column: KnownColumn, row: number, type: JsonType): void {
    const { reader } = this
    const { builder } = column
    if (type === 'null') {
      reader.readWord('null')
      builder.lastRow = row
    } else if (type === 'boolean') {
      const value = reader.peek() === 0x74
      reader.readWord(value ? 'true' : 'false')
      this.note(column, builder.setLevel(row, value))
    } else {
      builder.lastRow = row
      this.note(column, notAValue(withArticle(reader.skipValue())), type === 'array' ? 'array' : 'object')
    }
  }

  private note(column: KnownColumn, wrong: string | undefined, got?: GotType): void {
    if (wrong !== undefined) {
      column.builder.lastRow = this.assembler.rowCount - 1
      this.assembler.valueFault(column.builder, wrong, got)
    }
  }

  private forget(): void {
    this.dropCount = this.assembler.dropCount
    this.expected = []
    this.byName.clear()
  }
}

function withArticle(type: JsonType): string {
  if (type === 'null') return 'null'
  return type === 'array' || type === 'object' ? `an ${type}` : `a ${type}`
}
