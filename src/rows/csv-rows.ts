// Rows out of CSV (RFC 4180, a header line; lines end with CRLF, LF or CR), straight into columns.
import { ServiceError } from '../errors.ts'
import { BATCH_ROWS_MAX, type ColumnBuilder } from '../model/column-builder.ts'
import { numberIn } from '../model/column-reading.ts'
import { shown } from '../model/shown.ts'
import { COLUMNS_MAX } from '../model/table-limits.ts'
import { ByteLevels } from './byte-levels.ts'
import type { ByteWindow } from './byte-window.ts'
import { type CsvDialect, QUOTES, SEPARATORS } from './csv-dialect.ts'
import { wordOf } from './csv-text.ts'
import { NumberScanner } from './number-scanner.ts'
import { openCsv } from './open-csv.ts'
import type { AssembledRows, TableAssembler } from './table-assembler.ts'

const LF = 0x0a
const CR = 0x0d
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
/** Rows before the values of a column are remembered by their bytes. */
const LEVELS_FROM_ROW = 16
/** A number with a decimal comma. */
const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$/
const INTEGER = /^[+-]?\d+$/

/** What spreadsheets call it, and what turns an older file into it. */
const UTF8_ADVICE = ': save the file as "CSV UTF-8", or send it through iconv -t UTF-8'
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface CsvColumn {
  readonly builder: ColumnBuilder
  levels: ByteLevels | undefined
  /** Its numbers are written as JSON writes them. */
  readonly isPlain: boolean
}

/**
 * Each field by itself: without quotes it is missing when it is empty, else a number or a boolean when it reads as one,
 * else text; in quotes it is text, empty or not, as PostgreSQL's COPY writes it. In a column of text it is text as it
 * stands. What a text such as NA or NaN means is decided with the column as a whole, elsewhere.
 */
export class CsvRows {
  private readonly window: ByteWindow
  private readonly assembler: TableAssembler
  private readonly dialect: CsvDialect
  /** Undefined takes all columns. */
  private readonly only: ReadonlySet<string> | undefined
  /** The byte between fields, and the one around them. */
  private separator = 0
  private quote = -1
  private hasDecimalComma = false
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

  constructor(
    window: ByteWindow,
    assembler: TableAssembler,
    dialect: CsvDialect = {},
    only?: ReadonlySet<string> | undefined,
  ) {
    this.window = window
    this.assembler = assembler
    this.dialect = dialect
    this.only = only
    this.bytes = window.bytes
    this.end = window.end
  }

  /** Reads header and rows. Throws BODY_MALFORMED for what is not CSV, not UTF-8 or has no header. */
  read(): void {
    this.readHeader()
    while (this.hasMore()) this.readRecord()
  }

  /**
   * The same in batches of some `batchBytes`, one of them at least: each is read as it would be in the whole, and holds until
   * the next one. What is told of the header and the dialect is in the first.
   */
  *readBatches(batchBytes: number): Generator<AssembledRows> {
    const { assembler } = this
    this.readHeader()
    do {
      const end = this.window.offset + this.at + batchBytes
      while (assembler.rowCount < BATCH_ROWS_MAX && this.hasMore() && this.window.offset + this.at < end) {
        this.readRecord()
      }
      yield assembler.finishBatch()
      for (const column of this.columns) if (column?.builder.levelCount === 0) column.levels = undefined
    } while (this.hasMore())
  }

  private hasMore(): boolean {
    return this.at < this.end || this.more(this.at)
  }

  private readHeader(): void {
    const { start, separator, quote, decimal, decisions } = openCsv(this.window, this.dialect)
    this.bytes = this.window.bytes
    this.end = this.window.end
    this.at = start
    for (const decision of decisions) this.assembler.warn(decision)
    this.separator = separator.charCodeAt(0)
    this.quote = QUOTES[quote]
    this.hasDecimalComma = decimal === 'comma'
    const seen = new Set<string>()
    let areNumbers = true
    let trimmedCount = 0
    do {
      this.readField()
      // A name that is one too many is a fault; of those beyond there is nothing to say, and nothing to keep.
      this.fieldCount += 1
      if (this.only === undefined && this.fieldCount > COLUMNS_MAX + 1) continue
      const written = this.text()
      const name = this.isQuoted ? written : written.trim()
      if (name !== written) trimmedCount += 1
      if (name === '' && !this.isQuoted) {
        this.assembler.headerFault(name, `field ${this.fieldCount} of the header is empty: give it a name`)
      } else if (seen.has(name)) this.assembler.headerFault(name, 'the header names it twice')
      if (this.isQuoted || numberIn(name) === undefined) areNumbers = false
      seen.add(name)
      const isTaken = this.only?.has(name) ?? true
      const builder = isTaken ? this.assembler.column(name) : undefined
      const isPlain = !this.hasDecimalComma && !builder?.isText
      this.columns.push(builder && { builder, levels: undefined, isPlain })
    } while (this.endField())
    if (areNumbers) {
      const message =
        'Each name of a column is a number: the first row was taken for the header. Add a row of names if it is one of values'
      this.assembler.warn({ code: 'HEADER_DOUBTED', message })
    }
    if (trimmedCount === 0) return
    const message = `Spaces around ${trimmedCount} of ${this.fieldCount} column names in the header were removed`
    this.assembler.warn({ code: 'SPACES_TRIMMED', message })
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
      else if (!column.isPlain || !this.tryNumber(column.builder, row)) {
        this.readField()
        this.readCell(column, row)
      }
      count += 1
    } while (this.endField())
    if (count !== this.fieldCount) {
      this.assembler.rowFault('features', this.raggedText(count))
    }
    this.assembler.endRow()
  }

  private raggedText(count: number): string {
    const counts = `expected ${this.fieldCount} fields, as the header has, got ${count}`
    const name = this.columns[Math.min(count, this.fieldCount) - (count > this.fieldCount ? 1 : 0)]?.builder.name
    if (name === undefined) return counts
    return count < this.fieldCount ? `${counts}: none for ${shown(name)}` : `${counts}: more come after ${shown(name)}`
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
    if (!isWhole || (byte !== this.separator && byte !== LF && byte !== CR)) return false
    this.note(builder, builder.setNumber(row, value))
    if (this.numbers.isWideInteger(value, this.bytes, this.at)) builder.noteWide(row)
    this.at = end
    return true
  }

  private readCell(column: CsvColumn, row: number): void {
    const { builder } = column
    const { bytes, fieldStart, fieldEnd } = this
    if (fieldStart === fieldEnd && !this.isQuoted) return
    if (column.levels !== undefined) {
      const code = column.levels.find(bytes, fieldStart, fieldEnd, this.fieldHash)
      if (code >= 0) {
        builder.setCode(row, code)
        return
      }
    }
    const written = this.text()
    const word = this.wordIn(written)
    if (word !== undefined && !builder.isText) {
      this.note(builder, typeof word === 'number' ? builder.setNumber(row, word) : builder.setLevel(row, word))
      const isWide = typeof word === 'number' && !Number.isSafeInteger(word) && INTEGER.test(written.trim())
      if (isWide) builder.noteWide(row)
      return
    }
    const text = word === undefined ? written : written.trim()
    this.note(builder, builder.setLevel(row, text))
    const code = builder.codeFor(text)
    if (code < 0 || row < LEVELS_FROM_ROW) return
    column.levels ??= new ByteLevels()
    column.levels.remember(bytes, fieldStart, fieldEnd, this.fieldHash, code)
  }

  /** The number or boolean that the field is; undefined where it is text. */
  private wordIn(text: string): number | boolean | undefined {
    if (this.hasDecimalComma) {
      if (DECIMAL_COMMA.test(text)) return Number(text.replace(',', '.'))
      // A point groups digits there.
      if (text.includes('.')) return undefined
    }
    const word = this.isQuoted ? undefined : wordOf(text)
    return Number.isNaN(word) ? undefined : word
  }

  private note(builder: ColumnBuilder, wrong: string | undefined): void {
    if (wrong !== undefined) this.assembler.valueFault(builder, wrong)
  }

  /** Reads the field at which it stands; then it stands behind it. */
  private readField(): void {
    this.isQuoted = this.hasMore() ? this.bytes[this.at] === this.quote : false
    this.hasDoubledQuote = false
    const { separator, quote } = this
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
      if (byte === quote) {
        if (!this.isQuoted) this.fail(i, 'a quote in a field that does not begin with one')
        if (i + 1 === this.end) {
          const length = i - start
          const isMore = this.more(start)
          start = 0
          i = length
          if (!isMore) break
        }
        if (this.bytes[i + 1] !== quote) break
        this.hasDoubledQuote = true
        i++
      } else if (!this.isQuoted && (byte === separator || byte === LF || byte === CR)) break
      hash = Math.imul(hash ^ byte, 0x01000193)
      i++
    }
    if (this.isQuoted && this.bytes[i] !== quote) this.fail(i, 'a quote that is not closed')
    this.fieldStart = this.isQuoted ? start + 1 : start
    this.fieldEnd = i
    // The same bytes say another thing in quotes.
    this.fieldHash = this.isQuoted ? ~hash : hash
    this.at = this.isQuoted ? i + 1 : i
  }

  /** Passes over what ends a field; true when another follows in the record. */
  private endField(): boolean {
    if (!this.hasMore()) return false
    const byte = this.bytes[this.at]
    if (byte === CR) {
      if (this.at + 1 === this.end) this.more(this.at)
      // Old files of the Macintosh have it alone.
      this.at += this.bytes[this.at + 1] === LF ? 2 : 1
      return false
    }
    if (byte !== this.separator && byte !== LF) {
      const name = SEPARATORS[String.fromCharCode(this.separator)]
      this.fail(this.at, `expected a ${name} or the end of the line after a quote`)
    }
    this.at++
    return byte === this.separator
  }

  private text(): string {
    try {
      const text = decoder.decode(this.bytes.subarray(this.fieldStart, this.fieldEnd))
      if (!this.hasDoubledQuote) return text
      const mark = String.fromCharCode(this.quote)
      return text.replaceAll(mark + mark, mark)
    } catch {
      return this.fail(this.fieldStart, 'it is not UTF-8', UTF8_ADVICE)
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

  private fail(at: number, message: string, advice = ''): never {
    const place = this.window.placeOf(at)
    throw new ServiceError('BODY_MALFORMED', `the body is not CSV: ${message} ${place}${advice}`)
  }
}
