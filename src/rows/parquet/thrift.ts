// Structs of Thrift's compact protocol, as Parquet writes its metadata and the headers of its pages. Bytes of anybody:
// lengths, depth and the number of values are held to bounds.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftValue[] | ThriftStruct
/** Fields by their ids. */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>

const DEPTH_MAX = 16
const VALUES_MAX = 2_000_000
const VARINT_BYTES_MAX = 10

const TRUE = 1
const FALSE = 2
const BYTE = 3
const I16 = 4
const I32 = 5
const I64 = 6
const DOUBLE = 7
const BINARY = 8
const LIST = 9
const SET = 10
const STRUCT = 12

export class ThriftReader {
  /** Where it reads next. */
  at = 0
  private readonly view: DataView
  private valuesLeft = VALUES_MAX

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.view = new DataView(buffer, byteOffset, byteLength)
  }

  /** The struct at which it stands. Throws an Error for what is none; RangeError where it is cut short. */
  readStruct(depth = 0): ThriftStruct {
    if (depth > DEPTH_MAX) throw new Error(`its metadata nests more than ${DEPTH_MAX} deep`)
    const fields = new Map<number, ThriftValue>()
    for (let id = 0; ; ) {
      const head = this.view.getUint8(this.at++)
      const type = head & 15
      if (type === 0) return fields
      id = head >>> 4 === 0 ? Number(this.integer()) : id + (head >>> 4)
      fields.set(id, type === TRUE ? true : type === FALSE ? false : this.value(type, depth))
    }
  }

  private value(type: number, depth: number): ThriftValue {
    this.valuesLeft -= 1
    if (this.valuesLeft < 0) throw new Error(`its metadata has more than ${VALUES_MAX} values`)
    switch (type) {
      case TRUE:
      case FALSE:
        // An element of a list.
        return this.view.getUint8(this.at++) === 1
      case BYTE:
        return this.view.getInt8(this.at++)
      case I16:
      case I32:
        return Number(this.integer())
      case I64:
        return this.integer()
      case DOUBLE:
        this.at += 8
        return this.view.getFloat64(this.at - 8, true)
      case BINARY:
        return this.bytes()
      case LIST:
      case SET:
        return this.list(depth + 1)
      case STRUCT:
        return this.readStruct(depth + 1)
      default:
        throw new Error(`its metadata has a value of type ${type}`)
    }
  }

  private list(depth: number): ThriftValue[] {
    if (depth > DEPTH_MAX) throw new Error(`its metadata nests more than ${DEPTH_MAX} deep`)
    const head = this.view.getUint8(this.at++)
    const length = head >>> 4 === 15 ? this.length() : head >>> 4
    const list: ThriftValue[] = []
    for (let i = 0; i < length; i++) list.push(this.value(head & 15, depth))
    return list
  }

  private bytes(): Uint8Array {
    const length = this.length()
    const start = this.at
    this.at += length
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start, length)
  }

  /** A length of elements or bytes, each of which takes at least a byte. */
  private length(): number {
    const length = Number(this.varint())
    if (length > this.view.byteLength - this.at) throw new RangeError('its metadata has a list that is cut short')
    return length
  }

  private integer(): bigint {
    const zigzag = this.varint()
    return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n))
  }

  private varint(): bigint {
    let value = 0n
    let small = 0
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.view.getUint8(this.at++)
      if (i < 4) small |= (byte & 127) << (7 * i)
      else value |= BigInt(byte & 127) << BigInt(7 * i)
      if (byte < 128) return value | BigInt(small)
    }
    throw new Error('its metadata has a number of more than ten bytes')
  }
}
