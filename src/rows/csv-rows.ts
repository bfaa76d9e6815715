// Rows out of CSV (RFC 4180, comma, a header line, CRLF or LF), straight into columns.
import { ServiceError } from '../errors.ts'
import type { ColumnBuilder } from '../model/column-builder.ts'
import { ByteLevels } from './byte-levels.ts'
import type { ByteWindow } from './byte-window.ts'
import { wordOf } from './csv-text.ts'
import { NumberScanner } from './number-scanner.ts'
import type { TableAssembler } from './table-assembler.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const LF = 0x0a
const CR = 0x0d
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
/** Rows before the values of a column are remembered by their bytes. */
const LEVELS_FROM_ROW = 16

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface CsvColumn {
  readonly builder: ColumnBuilder
  levels: ByteLevels | undefined
}

/**
 * Each field by itself: without quotes it is missing when it is empty, else a number or a boolean when it reads as one,
 * else text; in quotes it is text, empty or not, as PostgreSQL's COPY writes it.
 */
export class CsvRows {
  private readonly window: ByteWindow
  private readonly assembler: TableAssembler
  private readonly numbers = new NumberScanner()
  private bytes: Buffer
  private at = 0
  private end: number
  /** The field that was read last, without its quotes. */
  private fieldStart = 0
  private fieldEnd = 0
  private fieldHash = 0
  private isQuoted = false
  private hasDoubledQuote = false
  private columns: (CsvColumn | undefined)[] = []
  private fieldCount = 0
  private dropCount = 0

  constructor(window: ByteWindow, assembler: TableAssembler) {
    this.window = window
    this.assembler = assembler
    this.bytes = window.bytes
    this.end = window.end
  }

  /** Reads header and rows. Throws BODY_MALFORMED for what is not CSV, not UTF-8 or has no header. */
  read(): void {
    while (this.end < 3 && this.more(0));
    if (this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf) this.at = 3
    this.readHeader()
    while (this.at < this.end || this.more(this.at)) this.readRecord()
  }

  private readHeader(): void {
    if (this.at === this.end && !this.more(this.at)) {
      throw new ServiceError('BODY_MALFORMED', 'expected CSV with a line of column names, got no body')
    }
    const seen = new Set<string>()
    do {
      this.readField()
      const name = this.text()
      if (seen.has(name)) this.assembler.headerFault(name, 'the header names it twice')
      else if (name === '' && !this.isQuoted) {
        this.assembler.headerFault(name, `field ${seen.size + 1} of the header is empty; "" in quotes is a name`)
      }
      seen.add(name)
      const builder = this.assembler.column(name)
      this.columns.push(builder && { builder, levels: undefined })
      this.fieldCount += 1
    } while (this.endField())
  }

  private readRecord(): void {
    if (this.isBlankLine()) {
      this.endField()
      return
    }
    const row = this.assembler.beginRow()
    if (this.dropCount !== this.assembler.dropCount) this.forgetDropped()
    let count = 0
    do {
      const column = count < this.fieldCount ? this.columns[count] : undefined
      if (column === undefined) this.readField()
      else if (!this.tryNumber(column.builder, row)) {
        this.readField()
        this.readCell(column, row)
      }
      count += 1
    } while (this.endField())
    if (count !== this.fieldCount) {
      this.assembler.rowFault('features', `expected ${this.fieldCount} fields, as the header has, got ${count}`)
    }
    this.assembler.endRow()
  }

  /** A line without anything says nothing, unless it is the missing value of the only column. */
  private isBlankLine(): boolean {
    const byte = this.bytes[this.at]
    return this.fieldCount > 1 && (byte === LF || byte === CR)
  }

  /** Sets a number that is written as JSON writes it and lies in the window with what ends it: nearly all of them. */
  private tryNumber(builder: ColumnBuilder, row: number): boolean {
    const first = this.bytes[this.at] as number
    if (!((first >= ZERO && first <= NINE) || first === MINUS)) return false
    const value = this.numbers.scan(this.bytes, this.at)
    const { end, isWhole } = this.numbers
    const byte = this.bytes[end]
    if (!isWhole || (byte !== COMMA && byte !== LF && byte !== CR)) return false
    this.note(builder, builder.setNumber(row, value))
    this.at = end
    return true
  }

  private readCell(column: CsvColumn, row: number): void {
    const { builder } = column
    const { bytes, fieldStart, fieldEnd } = this
    if (fieldStart === fieldEnd && !this.isQuoted) return
    if (builder.isCategorical && column.levels !== undefined) {
      const code = column.levels.find(bytes, fieldStart, fieldEnd, this.fieldHash)
      if (code >= 0) {
        builder.setCode(row, code)
        return
      }
    }
    const text = this.text()
    const word = this.isQuoted ? undefined : wordOf(text)
    if (word !== undefined) {
      const isNumber = typeof word === 'number'
      this.note(builder, isNumber ? this.setNumber(builder, row, word, text) : builder.setLevel(row, word))
      return
    }
    this.note(builder, builder.setLevel(row, text))
    const code = builder.codeFor(text)
    if (code < 0 || row < LEVELS_FROM_ROW) return
    column.levels ??= new ByteLevels()
    column.levels.remember(bytes, fieldStart, fieldEnd, this.fieldHash, code)
  }

  private setNumber(builder: ColumnBuilder, row: number, value: number, text: string): string | undefined {
    if (!Number.isNaN(value)) return builder.setNumber(row, value)
    return `expected a finite number, got ${text.trim()}; a field is empty where the value is missing`
  }

  private note(builder: ColumnBuilder, wrong: string | undefined): void {
    if (wrong !== undefined) this.assembler.valueFault(builder, wrong)
  }

  /** Reads the field at which it stands; then it stands behind it. */
  private readField(): void {
    this.isQuoted = this.at < this.end || this.more(this.at) ? this.bytes[this.at] === QUOTE : false
    this.hasDoubledQuote = false
    let start = this.at
    let i = this.isQuoted ? start + 1 : start
    let hash = 0x811c9dc5
    for (;;) {
      if (i === this.end) {
        const length = i - start
        const isMore = this.more(start)
        start = 0
        i = length
        if (!isMore) break
      }
      const byte = this.bytes[i] as number
      if (byte === QUOTE) {
        if (!this.isQuoted) this.fail(i, 'a quote in a field that does not begin with one')
        if (i + 1 === this.end) {
          const length = i - start
          const isMore = this.more(start)
          start = 0
          i = length
          if (!isMore) break
        }
        if (this.bytes[i + 1] !== QUOTE) break
        this.hasDoubledQuote = true
        i++
      } else if (!this.isQuoted && (byte === COMMA || byte === LF || byte === CR)) break
      hash = Math.imul(hash ^ byte, 0x01000193)
      i++
    }
    if (this.isQuoted && this.bytes[i] !== QUOTE) this.fail(i, 'a quote that is not closed')
    this.fieldStart = this.isQuoted ? start + 1 : start
    this.fieldEnd = i
    // The same bytes say another thing in quotes.
    this.fieldHash = this.isQuoted ? ~hash : hash
    this.at = this.isQuoted ? i + 1 : i
  }

  /** Passes over what ends a field; true when another follows in the record. */
  private endField(): boolean {
    if (this.at === this.end && !this.more(this.at)) return false
    const byte = this.bytes[this.at]
    if (byte === CR) {
      if (this.at + 1 === this.end) this.more(this.at)
      if (this.bytes[this.at + 1] !== LF) this.fail(this.at, 'a carriage return without a line feed')
      this.at += 2
      return false
    }
    if (byte !== COMMA && byte !== LF) this.fail(this.at, 'expected a comma or the end of the line after a quote')
    this.at++
    return byte === COMMA
  }

  private text(): string {
    try {
      const text = decoder.decode(this.bytes.subarray(this.fieldStart, this.fieldEnd))
      return this.hasDoubledQuote ? text.replaceAll('""', '"') : text
    } catch {
      return this.fail(this.fieldStart, 'it is not UTF-8')
    }
  }

  /** Reads on, keeping what lies at and after `keep`, which is at the start of the window then. */
  private more(keep: number): boolean {
    const isMore = this.window.more(keep)
    this.bytes = this.window.bytes
    this.end = this.window.end
    this.at -= keep
    return isMore
  }

  private forgetDropped(): void {
    this.dropCount = this.assembler.dropCount
    this.columns = this.columns.map((column) => (column && this.assembler.has(column.builder) ? column : undefined))
  }

  private fail(at: number, message: string): never {
    throw new ServiceError('BODY_MALFORMED', `the body is not CSV: ${message} at byte ${this.window.offset + at}`)
  }
}
