// Writes messages of Protocol Buffers: as much of the wire format as a file of ONNX needs.

const VARINT = 0
const DELIMITED = 2

/** A message in the making. Its parts are joined once, when all is written; the same calls give the same bytes. */
export class ProtobufWriter {
  private readonly parts: Uint8Array[] = []
  private length = 0

  /** An int32, int64 or enum; negative ones take ten bytes. */
  integer(field: number, value: number | bigint): void {
    this.add(varint(BigInt(field * 8 + VARINT)))
    this.add(varint(BigInt(value)))
  }

  /** Repeated integers, packed: a length for all of them. Nothing where there are none. */
  integers(field: number, values: ArrayLike<number>): void {
    if (values.length === 0) return
    const bytes = new Uint8Array(packedLength(values))
    let at = 0
    for (let i = 0; i < values.length; i++) at = writeVarint(bytes, at, values[i] as number)
    this.bytes(field, bytes)
  }

  text(field: number, text: string): void {
    this.bytes(field, new TextEncoder().encode(text))
  }

  /** The bytes are not copied before `finish`. */
  bytes(field: number, bytes: Uint8Array): void {
    this.head(field, bytes.byteLength)
    this.add(bytes)
  }

  message(field: number, message: ProtobufWriter): void {
    this.head(field, message.length)
    for (const part of message.parts) this.add(part)
  }

  /** O(bytes). */
  finish(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.length)
    let at = 0
    for (const part of this.parts) {
      all.set(part, at)
      at += part.byteLength
    }
    return all
  }

  private head(field: number, length: number): void {
    this.add(varint(BigInt(field * 8 + DELIMITED)))
    this.add(varint(BigInt(length)))
  }

  private add(part: Uint8Array): void {
    this.parts.push(part)
    this.length += part.byteLength
  }
}

/** Base 128, the lowest seven bits first; a negative number as its 64 bits. */
function varint(value: bigint): Uint8Array {
  let rest = BigInt.asUintN(64, value)
  const bytes: number[] = []
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

/** Integers from 0 to 2^53 − 1; negative ones from −2^53 + 1 on. */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    const whole = varint(BigInt(value))
    bytes.set(whole, at)
    return at + whole.length
  }
  let rest = value
  let to = at
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[to++] = (rest % 128) + 128
  bytes[to++] = rest
  return to
}

function packedLength(values: ArrayLike<number>): number {
  let length = 0
  for (let i = 0; i < values.length; i++) {
    let rest = values[i] as number
    if (rest < 0) length += 10
    else
      do {
        length++
        rest = Math.floor(rest / 128)
      } while (rest > 0)
  }
  return length
}
