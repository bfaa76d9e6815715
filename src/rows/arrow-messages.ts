// The messages of an Arrow IPC stream, looked through before the package reads them: it believes every length it finds.

import type { TableMemory } from '../model/table-memory.ts'
import { checkRowCounts, unpackBatch } from './arrow-compression.ts'
import type { Codec } from './codecs/decompress.ts'
import { Flatbuffer } from './flatbuffer.ts'

/** https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format: marker, length, metadata, body. */
const CONTINUATION = 0xffffffff
const PREFIX_BYTES = 8
const METADATA_BYTES_MAX = 2 ** 26

/** A body as the package holds it: joined out of its chunks, which are there as well. */
const READER_COPIES = 2

/** The union Message.header. */
const SCHEMA = 1
const DICTIONARY_BATCH = 2
const RECORD_BATCH = 3

/** BodyCompression.codec. */
const CODECS: readonly Codec[] = ['lz4-frame', 'zstd']

/**
 * Gives the bytes of the chunks message by message, as long as they are sound; compressed batches as if they were not
 * compressed. Throws an Error otherwise.
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
    const { buffer, bodyLength, batch, isKept } = checkMessage(metadata)
    const codec = batch === undefined ? undefined : codecOf(buffer, batch)
    if (batch !== undefined && codec === undefined) checkRowCounts(buffer, batch, bodyLength)
    let held = READER_COPIES * bodyLength
    memory?.take(held)
    if (batch === undefined || codec === undefined) {
      yield metadata
      yield* source.pass(bodyLength)
    } else {
      const body = source.take(bodyLength) ?? new Uint8Array(0)
      const unpacked = unpackBatch({ metadata, body, buffer, batch, codec }, (bytes) => {
        memory?.take(READER_COPIES * bytes)
        held += READER_COPIES * bytes
      })
      yield unpacked.metadata
      yield unpacked.body
    }
    // When it asks for the next message, the package is done with a batch; dictionaries it keeps.
    if (!isKept) memory?.give(held)
  }
}

interface CheckedMessage {
  readonly buffer: Flatbuffer
  readonly bodyLength: number
  /** The table of the batch that it brings. */
  readonly batch: number | undefined
  /** True when the package keeps the body to the end. */
  readonly isKept: boolean
}

/** Checks every length and offset that the package follows, but those of a batch. */
function checkMessage(metadata: Uint8Array): CheckedMessage {
  const buffer = new Flatbuffer(metadata)
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
    return { buffer, bodyLength, batch: undefined, isKept: false }
  }
  if (headerType !== DICTIONARY_BATCH && headerType !== RECORD_BATCH) {
    throw new Error(`a message has the header type ${headerType}`)
  }
  const isDictionary = headerType === DICTIONARY_BATCH
  return { buffer, bodyLength, batch: isDictionary ? buffer.table(header, 1) : header, isKept: isDictionary }
}

/** How the buffers of a batch are compressed; undefined where they are not. */
function codecOf(buffer: Flatbuffer, batch: number): Codec | undefined {
  const compression = buffer.table(batch, 3)
  if (compression === undefined) return undefined
  const codec = CODECS[buffer.byte(compression, 0)]
  if (codec === undefined || buffer.byte(compression, 1) !== 0) throw new Error('its compression is not taken')
  return codec
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
