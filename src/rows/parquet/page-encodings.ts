// Values of a page of Parquet in their encodings. What a page says of its length is held to what its bytes can have,
// or, where they can have any number, to the count that is asked for.
// https://github.com/apache/parquet-format/blob/master/Encodings.md

/** Where it reads, and the bytes it may read. */
export class PageReader {
  at = 0
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  /** The next bytes, as a view. */
  take(byteLength: number): Uint8Array {
    if (!(byteLength >= 0 && byteLength <= this.left)) throw new Error('a page is cut short')
    this.at += byteLength
    return this.bytes.subarray(this.at - byteLength, this.at)
  }

  uint32(): number {
    this.at += 4
    return this.view.getUint32(this.at - 4, true)
  }

  /** At most 32 bits. */
  varint(): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      const byte = this.view.getUint8(this.at++)
      value += (byte & 127) * 2 ** (7 * i)
      if (byte < 128) return value
    }
    throw new Error('a page has a number of more than five bytes')
  }

  zigzag64(): bigint {
    let value = 0n
    for (let i = 0n; i < 10n; i++) {
      const byte = this.view.getUint8(this.at++)
      value |= BigInt(byte & 127) << (7n * i)
      if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
    }
    throw new Error('a page has a number of more than ten bytes')
  }
}

/** Levels, indices or booleans: runs of one value and runs of packed bits. O(count). */
export function readRuns(reader: PageReader, bitWidth: number, count: number): Int32Array {
  if (bitWidth > 32) throw new Error(`a page has values of ${bitWidth} bits`)
  const values = new Int32Array(count)
  if (bitWidth === 0) return values
  const byteWidth = (bitWidth + 7) >>> 3
  let at = 0
  while (at < count) {
    const head = reader.varint()
    if ((head & 1) === 0) {
      const end = Math.min(at + Math.floor(head / 2), count)
      let value = 0
      reader.take(byteWidth).forEach((byte, i) => {
        value |= byte << (8 * i)
      })
      if (end === at) throw new Error('a page has a run without values')
      values.fill(value, at, end)
      at = end
      continue
    }
    const groups = Math.floor(head / 2)
    if (groups === 0) throw new Error('a page has a run without values')
    // The last run may be cut after what is needed of it.
    const bytes = reader.take(Math.min(groups * bitWidth, reader.left))
    const end = Math.min(at + 8 * groups, count)
    unpack(bytes, bitWidth, values, at, end)
    at = end
  }
  return values
}

/** Numbers of so many bits each, the first in the lowest bits of the first byte. */
function unpack(bytes: Uint8Array, bitWidth: number, values: Int32Array, start: number, end: number): void {
  if (bytes.length * 8 < (end - start) * bitWidth) throw new Error('a page is cut short')
  if (bitWidth === 1) {
    for (let i = start, bit = 0; i < end; i++, bit++) values[i] = ((bytes[bit >>> 3] as number) >>> (bit & 7)) & 1
    return
  }
  let at = 0
  let buffer = 0
  let bits = 0
  const size = 2 ** bitWidth
  for (let i = start; i < end; i++) {
    // Fewer than 40 bits, which a double has exactly.
    while (bits < bitWidth) {
      buffer += (bytes[at++] as number) * 2 ** bits
      bits += 8
    }
    const rest = Math.floor(buffer / size)
    values[i] = buffer - rest * size
    buffer = rest
    bits -= bitWidth
  }
}

/** Differences in blocks (DELTA_BINARY_PACKED). O(count). */
export function readDeltas(reader: PageReader, countMax: number): BigInt64Array {
  const blockSize = reader.varint()
  const miniblocks = reader.varint()
  const count = reader.varint()
  if (count > countMax) throw new Error(`a page has ${count} values, and says ${countMax}`)
  const perMiniblock = blockSize / miniblocks
  if (!(Number.isInteger(perMiniblock) && perMiniblock > 0 && perMiniblock % 8 === 0 && blockSize <= 2 ** 20)) {
    throw new Error('a page has blocks of a size that cannot be')
  }
  const values = new BigInt64Array(count)
  let value = reader.zigzag64()
  if (count > 0) values[0] = value
  let at = 1
  while (at < count) {
    const least = reader.zigzag64()
    const widths = reader.take(miniblocks)
    for (let i = 0; i < miniblocks && at < count; i++) {
      const bitWidth = widths[i] as number
      if (bitWidth > 64) throw new Error(`a page has values of ${bitWidth} bits`)
      const bytes = reader.take(Math.min((perMiniblock * bitWidth) / 8, reader.left))
      const end = Math.min(at + perMiniblock, count)
      if (bytes.length * 8 < (end - at) * bitWidth) throw new Error('a page is cut short')
      for (let bit = 0; at < end; at++, bit += bitWidth) {
        value = BigInt.asIntN(64, value + least + bitsAt(bytes, bit, bitWidth))
        values[at] = value
      }
    }
  }
  return values
}

function bitsAt(bytes: Uint8Array, bit: number, bitWidth: number): bigint {
  let low = 0
  let read = 0
  let at = bit >>> 3
  let shift = bit & 7
  // Up to 32 bits as a double, the rest as an integer of any size.
  while (read < bitWidth && read < 32) {
    const taken = Math.min(8 - shift, bitWidth - read)
    low += (((bytes[at] as number) >>> shift) & ((1 << taken) - 1)) * 2 ** read
    read += taken
    shift = 0
    at++
  }
  if (read >= bitWidth) return BigInt(low)
  let value = BigInt(low)
  while (read < bitWidth) {
    const taken = Math.min(8, bitWidth - read)
    value |= BigInt((bytes[at] as number) & ((1 << taken) - 1)) << BigInt(read)
    read += taken
    at++
  }
  return value
}

/** Byte arrays, each after its length (PLAIN), as views. */
export function readPlainBytes(reader: PageReader, count: number): Uint8Array[] {
  const values: Uint8Array[] = []
  for (let i = 0; i < count; i++) values.push(reader.take(reader.uint32()))
  return values
}

/** Byte arrays of one length, as views. */
export function readFixedBytes(reader: PageReader, count: number, byteLength: number): Uint8Array[] {
  if (byteLength < 1) throw new Error('a column has values of no length')
  const values: Uint8Array[] = []
  for (let i = 0; i < count; i++) values.push(reader.take(byteLength))
  return values
}

/** All lengths first (DELTA_LENGTH_BYTE_ARRAY). */
export function readDeltaLengths(reader: PageReader, count: number): Uint8Array[] {
  return Array.from(readDeltas(reader, count), (length) => reader.take(Number(length)))
}

/** Each with so many bytes of the one before (DELTA_BYTE_ARRAY), together at most `byteLengthMax`. */
export function readDeltaBytes(reader: PageReader, count: number, byteLengthMax: number): Uint8Array[] {
  const prefixes = readDeltas(reader, count)
  const suffixes = readDeltaLengths(reader, count)
  if (suffixes.length !== prefixes.length) throw new Error('a page is cut short')
  let before: Uint8Array = new Uint8Array(0)
  let total = 0
  return suffixes.map((suffix, i) => {
    const kept = Number(prefixes[i])
    if (!(kept >= 0 && kept <= before.length)) throw new Error('a page takes more of a value than it has')
    total += kept + suffix.length
    if (total > byteLengthMax) throw new Error(`a page comes to more than ${byteLengthMax} bytes`)
    if (kept > 0) {
      const value = new Uint8Array(kept + suffix.length)
      value.set(before.subarray(0, kept))
      value.set(suffix, kept)
      before = value
    } else before = suffix
    return before
  })
}

/** The bytes of numbers, which lie by their place in the number (BYTE_STREAM_SPLIT), as PLAIN has them. */
export function joinStreams(reader: PageReader, count: number, byteLength: number): PageReader {
  const split = reader.take(count * byteLength)
  const joined = new Uint8Array(split.length)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < byteLength; j++) joined[i * byteLength + j] = split[j * count + i] as number
  }
  return new PageReader(joined)
}
