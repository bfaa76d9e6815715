// The messages of an Arrow IPC stream, looked through before the package reads them: it believes every length it finds.

import type { TableMemory } from '../model/table-memory.ts'

/** https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format: marker, length, metadata, body. */
const CONTINUATION = 0xffffffff
const PREFIX_BYTES = 8
const METADATA_BYTES_MAX = 2 ** 26
/** Fields of a schema, those of nested types too, and how deep they may nest. */
const FIELDS_MAX = 20_000
const DEPTH_MAX = 32
/** Rows that a batch may have beyond the bits of its body: columns of nulls take none. */
const FREE_ROWS_MAX = 65_536

/** A body as the package holds it: joined out of its chunks, which are there as well. */
const READER_COPIES = 2

/** The union Message.header. */
const SCHEMA = 1
const DICTIONARY_BATCH = 2
const RECORD_BATCH = 3

/**
 * Gives the bytes of the chunks as they are, message by message, as long as they are sound. Throws an Error otherwise.
 */
export function* soundMessages(chunks: Iterable<Uint8Array>, memory?: TableMemory): Generator<Uint8Array> {
  const source = new ByteQueue(chunks)
  for (;;) {
    const prefix = source.take(PREFIX_BYTES)
    if (prefix === undefined) return
    const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength)
    if (view.getUint32(0, true) !== CONTINUATION) throw new Error('expected the marker of a message')
    const length = view.getUint32(4, true)
    yield prefix
    if (length === 0) return
    if (length > METADATA_BYTES_MAX) throw new Error(`a message has metadata of ${length} bytes`)
    const metadata = source.take(length)
    if (metadata === undefined) throw new Error('a message is cut short')
    const { bodyLength, isKept } = checkMessage(metadata)
    memory?.take(READER_COPIES * bodyLength)
    yield metadata
    yield* source.pass(bodyLength)
    // When it asks for the next message, the package is done with a batch; dictionaries it keeps.
    if (!isKept) memory?.give(READER_COPIES * bodyLength)
  }
}

/**
 * Checks every length and offset that the package follows. Gives the length of the message's body, and whether the package
 * keeps that to the end.
 */
function checkMessage(metadata: Uint8Array): { bodyLength: number; isKept: boolean } {
  const buffer = new Tables(metadata)
  const message = buffer.root()
  buffer.checkKeyValues(message, 4)
  const bodyLength = buffer.int64(message, 3)
  const header = buffer.table(message, 2)
  if (header === undefined) throw new Error('a message has no header')
  const headerType = buffer.byte(message, 1)
  if (headerType === SCHEMA) {
    // The package would take such a body for the next message.
    if (bodyLength > 0) throw new Error('a schema has a body')
    buffer.checkFields(header, 1, 0)
    buffer.checkKeyValues(header, 2)
    buffer.checkVector(header, 3, 8)
  } else if (headerType === DICTIONARY_BATCH) {
    const batch = buffer.table(header, 1)
    if (batch !== undefined) checkBatch(buffer, batch, bodyLength)
  } else if (headerType === RECORD_BATCH) checkBatch(buffer, header, bodyLength)
  else throw new Error(`a message has the header type ${headerType}`)
  return { bodyLength, isKept: headerType === DICTIONARY_BATCH }
}

function checkBatch(buffer: Tables, batch: number, bodyLength: number): void {
  const rowCountMax = bodyLength * 8 + FREE_ROWS_MAX
  const nodes = buffer.checkVector(batch, 1, 16)
  buffer.checkVector(batch, 2, 16)
  buffer.checkVector(batch, 4, 8)
  const lengths = [buffer.int64(batch, 0)]
  for (let i = 0; i < nodes.length; i++) lengths.push(buffer.int64At(nodes.start + 16 * i))
  if (lengths.some((length) => length > rowCountMax)) throw new Error('a batch has more rows than its body can hold')
}

/** A flatbuffer, read with a check of every place that is gone to. Positions are bytes from its start. */
class Tables {
  private readonly view: DataView
  private fieldCount = 0

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.view = new DataView(buffer, byteOffset, byteLength)
  }

  root(): number {
    return this.checkTable(this.follow(0))
  }

  /** The table that a field of another refers to. */
  table(of: number, field: number): number | undefined {
    const at = this.fieldAt(of, field)
    return at === 0 ? undefined : this.checkTable(this.follow(at))
  }

  byte(of: number, field: number): number {
    const at = this.fieldAt(of, field)
    return at === 0 ? 0 : this.view.getUint8(at)
  }

  int64(of: number, field: number): number {
    const at = this.fieldAt(of, field)
    return at === 0 ? 0 : this.int64At(at)
  }

  /** An integer that must not be negative. */
  int64At(at: number): number {
    const value = Number(this.view.getBigInt64(at, true))
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) throw new Error(`its metadata has a length of ${value}`)
    return value
  }

  /** A vector of elements of a size, or a string, all of which lie in the buffer. */
  checkVector(of: number, field: number, elementBytes: number): { start: number; length: number } {
    const at = this.fieldAt(of, field)
    if (at === 0) return { start: 0, length: 0 }
    const start = this.follow(at)
    const length = this.view.getUint32(start, true)
    if (start + 4 + length * elementBytes > this.view.byteLength)
      throw new Error('its metadata has a list that is cut short')
    return { start: start + 4, length }
  }

  checkKeyValues(of: number, field: number): void {
    for (const pair of this.tablesIn(of, field)) {
      this.checkVector(pair, 0, 1)
      this.checkVector(pair, 1, 1)
    }
  }

  checkFields(of: number, field: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Error(`its types nest more than ${DEPTH_MAX} deep`)
    for (const child of this.tablesIn(of, field)) {
      this.checkVector(child, 0, 1)
      const type = this.table(child, 3)
      // The time zone of a timestamp, the type ids of a union.
      const typeType = this.byte(child, 2)
      if (type !== undefined && typeType === 10) this.checkVector(type, 1, 1)
      if (type !== undefined && typeType === 14) this.checkVector(type, 1, 4)
      const dictionary = this.table(child, 4)
      if (dictionary !== undefined) this.table(dictionary, 1)
      this.checkKeyValues(child, 6)
      this.checkFields(child, 5, depth + 1)
    }
  }

  private tablesIn(of: number, field: number): number[] {
    const { start, length } = this.checkVector(of, field, 4)
    this.fieldCount += length
    if (this.fieldCount > FIELDS_MAX) throw new Error(`its metadata has more than ${FIELDS_MAX} fields`)
    return Array.from({ length }, (_, i) => this.checkTable(this.follow(start + 4 * i)))
  }

  /** Where the value of a table's field is; 0 when it has none. */
  private fieldAt(table: number, field: number): number {
    const vtable = table - this.view.getInt32(table, true)
    const entry = 4 + 2 * field
    if (entry >= this.view.getUint16(vtable, true)) return 0
    const offset = this.view.getUint16(vtable + entry, true)
    return offset === 0 ? 0 : table + offset
  }

  /** Throws RangeError where it leads out of the buffer, as the readings of a DataView do. */
  private checkTable(table: number): number {
    const vtable = table - this.view.getInt32(table, true)
    this.view.getUint8(vtable + this.view.getUint16(vtable, true) - 1)
    return table
  }

  private follow(at: number): number {
    return at + this.view.getUint32(at, true)
  }
}

/** Bytes in the order in which they come. */
class ByteQueue {
  private readonly chunks: Iterator<Uint8Array>
  private chunk: Uint8Array = new Uint8Array(0)

  constructor(chunks: Iterable<Uint8Array>) {
    this.chunks = chunks[Symbol.iterator]()
  }

  /** So many bytes; undefined when there are none. Throws when there are fewer. */
  take(length: number): Uint8Array | undefined {
    const parts: Uint8Array[] = []
    for (const part of this.parts(length)) parts.push(part)
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
    if (bytes.length > 0 && bytes.length < length) throw new Error('it is cut short')
    return bytes.length === 0 ? undefined : bytes
  }

  /** So many bytes, in the parts in which they come. Throws when there are fewer. */
  *pass(length: number): Generator<Uint8Array> {
    let left = length
    for (const part of this.parts(length)) {
      left -= part.length
      yield part
    }
    if (left > 0) throw new Error('it is cut short')
  }

  /** So many bytes, or fewer where it ends before. */
  private *parts(length: number): Generator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.chunk.length === 0) {
        const { value, done } = this.chunks.next()
        if (done === true) return
        this.chunk = value
      }
      const part = this.chunk.subarray(0, left)
      this.chunk = this.chunk.subarray(part.length)
      left -= part.length
      yield part
    }
  }
}
