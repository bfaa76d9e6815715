// Snappy blocks, decoded into memory whose size is known before.
// Format: https://github.com/google/snappy/blob/main/format_description.txt

const LITERAL = 0
const COPY_1 = 1
const COPY_2 = 2

/** A block whose decoded length is known. Throws when it is another, or no block. O(output). */
export function decodeSnappy(input: Uint8Array, byteLength: number): Uint8Array {
  let from = 0
  while (from < 5 && ((input[from] ?? 0) & 0x80) !== 0) from++
  from += 1
  const output = new Uint8Array(byteLength)
  let to = 0
  while (from < input.length) {
    const tag = input[from++] as number
    const kind = tag & 3
    if (kind === LITERAL) {
      let length = (tag >>> 2) + 1
      if (length > 60) {
        const bytes = length - 60
        length = littleEndian(input, from, bytes) + 1
        from += bytes
      }
      if (from + length > input.length || to + length > byteLength)
        throw new Error('a Snappy block has bytes beyond its end')
      output.set(input.subarray(from, from + length), to)
      from += length
      to += length
      continue
    }
    const length = kind === COPY_1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const bytes = kind === COPY_1 ? 1 : kind === COPY_2 ? 2 : 4
    const distance = littleEndian(input, from, bytes) + (kind === COPY_1 ? (tag >>> 5) * 256 : 0)
    from += bytes
    if (distance === 0 || distance > to || to + length > byteLength) {
      throw new Error('a Snappy block copies from outside of what it wrote')
    }
    if (distance >= length) output.copyWithin(to, to - distance, to - distance + length)
    else for (let i = to; i < to + length; i++) output[i] = output[i - distance] as number
    to += length
  }
  if (to !== byteLength) throw new Error('a Snappy block is shorter than it says')
  return output
}

function littleEndian(input: Uint8Array, at: number, byteLength: number): number {
  if (at + byteLength > input.length) throw new Error('a Snappy block is cut short')
  let value = 0
  for (let i = byteLength - 1; i >= 0; i--) value = value * 256 + (input[at + i] as number)
  return value
}
