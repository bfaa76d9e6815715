// Batches of Arrow whose buffers are compressed, as the same batches without: the package has no codecs, and would not
// hold what it decompresses to a bound.
import { type Codec, decompress } from './codecs/decompress.ts'
import type { Flatbuffer } from './flatbuffer.ts'

/** A batch as it came: its table lies in `buffer`, which reads `metadata`. */
interface PackedBatch {
  readonly metadata: Uint8Array
  readonly body: Uint8Array
  readonly buffer: Flatbuffer
  readonly batch: number
  readonly codec: Codec
}

/** Rows that a batch may have beyond the bits of its body: columns of nulls take none. */
const FREE_ROWS_MAX = 65_536
/** A batch, decompressed. */
const BATCH_BYTES_MAX = 2 ** 31
const LENGTH_BYTES = 8
const NOT_COMPRESSED = -1
const ALIGNMENT = 8
/** Fields of the table Message and of the table RecordBatch. */
const [MESSAGE_BODY_LENGTH, BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS, BATCH_COMPRESSION, BATCH_VARIADIC] = [
  3, 0, 1, 2, 3, 4,
]

/** Throws an Error when a batch says that it has more rows than its body of so many bytes can hold. */
export function checkRowCounts(buffer: Flatbuffer, batch: number, bodyLength: number): void {
  const rowCountMax = bodyLength * 8 + FREE_ROWS_MAX
  const nodes = buffer.checkVector(batch, BATCH_NODES, 16)
  buffer.checkVector(batch, BATCH_BUFFERS, 16)
  buffer.checkVector(batch, BATCH_VARIADIC, 8)
  const lengths = [buffer.int64(batch, BATCH_LENGTH)]
  for (let i = 0; i < nodes.length; i++) lengths.push(buffer.int64At(nodes.start + 16 * i))
  if (lengths.some((length) => length > rowCountMax)) throw new Error('a batch has more rows than its body can hold')
}

/** Calls `take` with the length of what it is going to make. Throws an Error for what is no such batch. O(bytes). */
export function unpackBatch(
  { metadata, body, buffer, batch, codec }: PackedBatch,
  take: (bytes: number) => void,
): { metadata: Uint8Array; body: Uint8Array } {
  const buffers = buffer.checkVector(batch, BATCH_BUFFERS, 16)
  const bodyView = new DataView(body.buffer, body.byteOffset, body.byteLength)
  let total = 0
  const parts = Array.from({ length: buffers.length }, (_, i) => {
    const place = buffers.start + 16 * i
    const start = buffer.int64At(place)
    const length = buffer.int64At(place + 8)
    if (start + length > body.length) throw new Error('a buffer lies outside of its batch')
    if (length === 0) return { place, packed: undefined, at: total, length: 0, codec: 'none' as const }
    const said = Number(bodyView.getBigInt64(start, true))
    const packed = body.subarray(start + LENGTH_BYTES, start + length)
    const isCompressed = said !== NOT_COMPRESSED
    const unpackedLength = isCompressed ? said : packed.length
    const part = { place, packed, at: total, length: unpackedLength, codec: isCompressed ? codec : ('none' as const) }
    total += Math.ceil(unpackedLength / ALIGNMENT) * ALIGNMENT
    if (!(unpackedLength >= 0 && total <= BATCH_BYTES_MAX)) throw new Error('a buffer has a length that cannot be')
    return part
  })
  take(total)
  checkRowCounts(buffer, batch, total)
  const unpacked = new Uint8Array(total)
  const patched = new Uint8Array(metadata)
  const view = new DataView(patched.buffer)
  for (const { place, packed, at, length, codec: partCodec } of parts) {
    if (packed !== undefined && length > 0) unpacked.set(decompress(partCodec, packed, length), at)
    view.setBigInt64(place, BigInt(at), true)
    view.setBigInt64(place + 8, BigInt(length), true)
  }
  // A batch with a body says its length, and that it is compressed.
  const lengthAt = buffer.fieldAt(buffer.root(), MESSAGE_BODY_LENGTH)
  if (lengthAt !== 0) view.setBigInt64(lengthAt, BigInt(total), true)
  else if (total > 0) throw new Error('a batch lacks the length of its body')
  view.setUint16(buffer.entryAt(batch, BATCH_COMPRESSION), 0, true)
  return { metadata: patched, body: unpacked }
}
