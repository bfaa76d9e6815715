// The tokens of JSON (RFC 8259) out of UTF-8 bytes. Takes and refuses what JSON.parse does, and gives the same values.
import { ServiceError } from '../errors.ts'
import type { ByteWindow } from './byte-window.ts'
import { NumberScanner } from './number-scanner.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const COLON = 0x3a
const BACKSLASH = 0x5c
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d
const SHOWN_BYTES_MAX = 20

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What JSON.parse would give for a value, by `typeof`; 'array' and 'null' apart. */
export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

export class JsonReader {
  /** The bytes of the string that scanString read last are [stringStart, stringEnd) of these, until the next read. */
  bytes: Buffer
  stringStart = 0
  stringEnd = 0
  /** Of those bytes (FNV-1a); equal strings that are written alike have equal hashes. */
  stringHash = 0
  /** They are the characters of the string: ASCII without escapes. */
  private isPlain = true
  private readonly window: ByteWindow
  private at = 0
  private end: number
  /** Where a token begins that must stay in the window; −1 while there is none. */
  private tokenStart = -1
  /** Where the number that was read last begins, until the next read. */
  private numberStart = 0
  /** The same for a value that is taken as a whole. */
  private valueStart = -1
  private depths = new Uint8Array(64)
  private readonly numbers = new NumberScanner()

  constructor(window: ByteWindow) {
    this.window = window
    this.bytes = window.bytes
    this.end = window.end
    // TextDecoder passes over a byte order mark, and so do we.
    while (this.end < 3 && this.more());
    if (this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf) this.at = 3
  }

  /** How many bytes of the body are read. */
  get position(): number {
    return this.window.offset + this.at
  }

  /** The next byte that is no white space, which stays; −1 at the end of the body. */
  peek(): number {
    for (;;) {
      const byte = this.bytes[this.at] as number
      if (byte > 0x20) return byte
      if (this.at === this.end) {
        if (!this.more()) return -1
      } else if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) this.at++
      else return byte
    }
  }

  /** Passes over the byte that peek gave. */
  advance(): void {
    this.at++
  }

  /** Passes over one certain byte. Throws BODY_MALFORMED when another comes. */
  expect(byte: number): void {
    if (this.peek() !== byte) this.unexpected(JSON.stringify(String.fromCharCode(byte)))
    this.at++
  }

  /**
   * Between the members of an object or array: true when another follows, false when it ends. `end` is passed over.
   * Throws BODY_MALFORMED.
   */
  hasNext(end: number): boolean {
    const byte = this.peek()
    if (byte !== COMMA && byte !== end) this.unexpected(`"," or ${JSON.stringify(String.fromCharCode(end))}`)
    this.at++
    return byte === COMMA
  }

  /** Only white space is left. Throws BODY_MALFORMED otherwise. */
  expectEnd(): void {
    if (this.peek() !== -1) this.unexpected('the end of the body')
  }

  /**
   * True when the bytes, written as those of the string that comes next, are it: then it is passed over with its
   * quotes.
   */
  tryString(raw: Uint8Array): boolean {
    const { bytes } = this
    const start = this.at + 1
    const end = start + raw.length
    if (end >= this.end || bytes[end] !== QUOTE) return false
    for (let i = raw.length - 1; i >= 0; i--) if (bytes[start + i] !== raw[i]) return false
    this.at = end + 1
    return true
  }

  /** Reads the string at whose quote it stands, as bytes. Throws BODY_MALFORMED. */
  scanString(): void {
    if (this.peek() !== QUOTE) this.unexpected('a string')
    this.tokenStart = this.at
    let { bytes } = this
    let i = this.at + 1
    let hash = 0x811c9dc5
    let seen = 0
    let hasEscape = false
    for (;;) {
      const byte = bytes[i] as number
      if (byte === QUOTE) break
      if (byte < 0x20 || byte === BACKSLASH) {
        const isCut = i === this.end || (byte === BACKSLASH && i + 1 === this.end)
        if (isCut) {
          this.at = i
          if (!this.more()) this.cutShort()
          bytes = this.bytes
          i = this.at
          continue
        }
        if (byte !== BACKSLASH) this.failAt(i, 'a control character in a string')
        hasEscape = true
        hash = Math.imul(hash ^ (bytes[i + 1] as number), 0x01000193)
        i++
      }
      seen |= byte
      hash = Math.imul(hash ^ byte, 0x01000193)
      i++
    }
    this.stringStart = this.tokenStart + 1
    this.stringEnd = i
    this.stringHash = hash
    this.isPlain = !hasEscape && seen < 0x80
    this.at = i + 1
    this.tokenStart = -1
  }

  /** The string that scanString read. Throws BODY_MALFORMED for what is not UTF-8 and for wrong escapes. */
  stringValue(): string {
    if (this.isPlain) return this.bytes.toString('latin1', this.stringStart, this.stringEnd)
    const text = this.decode(this.stringStart, this.stringEnd)
    try {
      return JSON.parse(`"${text}"`) as string
    } catch {
      return this.failAt(this.stringStart, 'a wrong escape in a string')
    }
  }

  /** Reads a number; beyond what a double holds it is infinite. Throws BODY_MALFORMED. */
  readNumber(): number {
    const { numbers } = this
    this.tokenStart = this.at
    for (;;) {
      const value = numbers.scan(this.bytes, this.tokenStart)
      this.at = numbers.end
      // At the end of the window the number may go on.
      if (this.at < this.end || !this.more()) {
        if (!numbers.isWhole) this.unexpected('a digit')
        this.numberStart = this.tokenStart
        this.tokenStart = -1
        return value
      }
    }
  }

  /** True when the number that was read last is an integer beyond 2^53, written out in digits. */
  isWideInteger(value: number): boolean {
    return this.numbers.isWideInteger(value, this.bytes, this.numberStart)
  }

  /** Reads true, false or null, or NaN where that is taken; its first byte is known. Throws BODY_MALFORMED. */
  readWord(word: 'true' | 'false' | 'null' | 'NaN'): void {
    while (this.end - this.at < word.length && this.more());
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) {
        this.at += i
        this.unexpected(`"${word}"`)
      }
    }
    this.at += word.length
  }

  /** Passes over any value, holding it to the grammar, and tells what it was. Throws BODY_MALFORMED. */
  skipValue(): JsonType {
    const type = this.typeAhead()
    let depth = 0
    for (;;) {
      const isContainer = this.skipStart()
      if (isContainer) {
        if (depth === this.depths.length) this.depths = grown(this.depths)
        const isObject = this.bytes[this.at - 1] === BRACE
        this.depths[depth++] = isObject ? BRACE_END : BRACKET_END
        if (this.peek() !== (isObject ? BRACE_END : BRACKET_END)) {
          if (isObject) this.skipKey()
          continue
        }
        this.at++
        depth--
      }
      // A value has ended, and with it perhaps those that hold it.
      while (depth > 0 && !this.hasNext(this.depths[depth - 1] as number)) depth--
      if (depth === 0) return type
      if (this.depths[depth - 1] === BRACE_END) this.skipKey()
    }
  }

  /**
   * Takes any value as JSON.parse gives it; undefined, and passed over, when it is written in more than byteLengthMax
   * bytes. Throws BODY_MALFORMED.
   */
  readValue(byteLengthMax: number): unknown {
    this.peek()
    const start = this.position
    this.valueStart = this.at
    this.skipValue()
    const from = this.valueStart
    this.valueStart = -1
    if (this.position - start > byteLengthMax) return undefined
    return JSON.parse(this.decode(from, this.at))
  }

  /** What kind of value comes next. Throws BODY_MALFORMED when none can begin so. */
  typeAhead(): JsonType {
    const byte = this.peek()
    switch (byte) {
      case QUOTE:
        return 'string'
      case BRACE:
        return 'object'
      case BRACKET:
        return 'array'
      case 0x74:
      case 0x66:
        return 'boolean'
      case 0x6e:
        return 'null'
      default:
        if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) return 'number'
        return this.unexpected('a value')
    }
  }

  /** Passes over what is left of a line, which must be white space. Throws BODY_MALFORMED. */
  endLine(): void {
    for (;;) {
      const byte = this.bytes[this.at] as number
      if (this.at === this.end) {
        if (!this.more()) return
      } else if (byte === 0x20 || byte === 0x09 || byte === 0x0d) this.at++
      else if (byte === 0x0a) return
      else this.unexpected('the end of the line')
    }
  }

  /** Throws BODY_MALFORMED: something else was expected here. */
  unexpected(expected: string): never {
    if (this.at === this.end && !this.more()) this.cutShort()
    const shown = this.bytes.toString('utf8', this.at, Math.min(this.at + SHOWN_BYTES_MAX, this.end))
    return this.failAt(this.at, `expected ${expected}, got ${JSON.stringify(shown)}`)
  }

  private skipKey(): void {
    this.scanString()
    if (!this.isPlain) this.stringValue()
    this.expect(COLON)
  }

  /** Passes over a value that holds no others, or over the start of one that does: then it returns true. */
  private skipStart(): boolean {
    switch (this.typeAhead()) {
      case 'string':
        this.scanString()
        if (!this.isPlain) this.stringValue()
        return false
      case 'number':
        this.readNumber()
        return false
      case 'boolean':
        this.readWord(this.bytes[this.at] === 0x74 ? 'true' : 'false')
        return false
      case 'null':
        this.readWord('null')
        return false
      default:
        this.at++
        return true
    }
  }

  private decode(start: number, end: number): string {
    try {
      return decoder.decode(this.bytes.subarray(start, end))
    } catch {
      throw new ServiceError(
        'BODY_MALFORMED',
        `the body is not UTF-8 (at byte ${this.window.offset + start} or after): JSON is sent as UTF-8`,
      )
    }
  }

  private more(): boolean {
    let keep = this.at
    if (this.tokenStart >= 0) keep = Math.min(keep, this.tokenStart)
    if (this.valueStart >= 0) keep = Math.min(keep, this.valueStart)
    const isMore = this.window.more(keep)
    this.bytes = this.window.bytes
    this.end = this.window.end
    this.at -= keep
    if (this.tokenStart >= 0) this.tokenStart -= keep
    if (this.valueStart >= 0) this.valueStart -= keep
    return isMore
  }

  private cutShort(): never {
    return this.failAt(this.end, 'unexpected end')
  }

  private failAt(at: number, message: string): never {
    throw new ServiceError('BODY_MALFORMED', `the body is not JSON: ${message} at byte ${this.window.offset + at}`)
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2)
  larger.set(bytes)
  return larger
}
