// Reads the wire format of protocol buffers from bytes that nobody vouches for: every length is held to what is there.

/** One field of a message. `value` is a number of wire type 0, 1 and 5; `bytes` what a field of a length holds. */
export interface Field {
  readonly number: number
  readonly wireType: number
  /** Of wire type 0; as bits of wire types 1 and 5. */
  readonly value: bigint
  /** A view, of wire type 2; empty otherwise. */
  readonly bytes: Uint8Array
}

/** Bytes that are no message, and where they stop being one. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

const NO_BYTES = new Uint8Array()
const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/**
 * The fields of a message, in the order in which they stand. Throws ProtobufError where a number or a length goes beyond the
 * end, at groups, and at field 0. Copies nothing. O(fields). Encoding: protobuf.dev/programming-guides/encoding.
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const cursor = { at: 0 }
  while (cursor.at < message.length) {
    const key = varintAt(message, cursor)
    const number = Number(key >> 3n)
    const wireType = Number(key & 7n)
    if (number < 1 || number > 2 ** 29 - 1) throw new ProtobufError(`field ${number} at byte ${cursor.at}`)
    if (wireType === VARINT) yield { number, wireType, value: varintAt(message, cursor), bytes: NO_BYTES }
    else if (wireType === FIXED64 || wireType === FIXED32) {
      const bytes = take(message, cursor, wireType === FIXED64 ? 8 : 4)
      yield { number, wireType, value: littleEndian(bytes), bytes: NO_BYTES }
    } else if (wireType === LENGTH) {
      const length = varintAt(message, cursor)
      if (length > BigInt(message.length)) throw tooLong(cursor.at, length)
      yield { number, wireType, value: 0n, bytes: take(message, cursor, Number(length)) }
    } else throw new ProtobufError(`wire type ${wireType} at byte ${cursor.at}`)
  }
}

/** The integers of a repeated field, whether it is packed or not. Throws ProtobufError. */
export function* integersOf({ wireType, value, bytes }: Field): Generator<bigint> {
  if (wireType !== LENGTH) {
    yield BigInt.asIntN(64, value)
    return
  }
  const cursor = { at: 0 }
  while (cursor.at < bytes.length) yield BigInt.asIntN(64, varintAt(bytes, cursor))
}

/** How many numbers of `size` bytes a repeated field holds; NaN where its length is no multiple. */
export function countOf({ wireType, bytes }: Field, size: number): number {
  if (wireType !== LENGTH) return 1
  return bytes.length % size === 0 ? bytes.length / size : Number.NaN
}

/** The text of a field. Throws ProtobufError where it is no UTF-8. */
export function textOf({ wireType, bytes }: Field): string {
  if (wireType !== LENGTH) throw new ProtobufError('expected a text')
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new ProtobufError('a text is no UTF-8', { cause })
  }
}
const decoder = new TextDecoder('utf-8', { fatal: true })

function varintAt(message: Uint8Array, cursor: { at: number }): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = message[cursor.at]
    if (byte === undefined) throw new ProtobufError(`it ends at byte ${cursor.at}, within a number`)
    cursor.at += 1
    value |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asUintN(64, value)
  }
  throw new ProtobufError(`a number of more than 10 bytes at byte ${cursor.at}`)
}

function take(message: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  const end = cursor.at + length
  if (end > message.length) throw tooLong(cursor.at, BigInt(length))
  const bytes = message.subarray(cursor.at, end)
  cursor.at = end
  return bytes
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  return value
}

function tooLong(at: number, length: bigint): ProtobufError {
  return new ProtobufError(`a length of ${length} bytes at byte ${at} goes beyond the end`)
}
