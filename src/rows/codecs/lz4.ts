// LZ4 blocks and frames, decoded into memory whose size is known before.
// Formats: lz4 Block format and LZ4 Frame format 1.6, https://github.com/lz4/lz4/tree/dev/doc

const FRAME_MAGIC = 0x184d2204
const MATCH_MIN = 4
const LENGTH_MORE = 15

/** Decodes the block input[start, end) to output at `at`, and gives where it ends there. Throws for what is no block. O(output). */
function decodeBlock(input: Uint8Array, start: number, end: number, output: Uint8Array, at: number): number {
  let from = start
  let to = at
  while (from < end) {
    const token = input[from++] as number
    let literals = token >>> 4
    if (literals === LENGTH_MORE) {
      for (let byte = 255; byte === 255; literals += byte) {
        if (from >= end) throw new Error('an LZ4 block is cut short')
        byte = input[from++] as number
      }
    }
    if (from + literals > end || to + literals > output.length) throw new Error('an LZ4 block has bytes beyond its end')
    output.set(input.subarray(from, from + literals), to)
    from += literals
    to += literals
    // The last sequence has no match.
    if (from === end) break
    if (from + 2 > end) throw new Error('an LZ4 block is cut short')
    const distance = (input[from] as number) | ((input[from + 1] as number) << 8)
    from += 2
    let length = token & LENGTH_MORE
    if (length === LENGTH_MORE) {
      for (let byte = 255; byte === 255; length += byte) {
        if (from >= end) throw new Error('an LZ4 block is cut short')
        byte = input[from++] as number
      }
    }
    length += MATCH_MIN
    if (distance === 0 || distance > to || to + length > output.length) {
      throw new Error('an LZ4 block copies from outside of what it wrote')
    }
    if (distance >= length) output.copyWithin(to, to - distance, to - distance + length)
    else for (let i = to; i < to + length; i++) output[i] = output[i - distance] as number
    to += length
  }
  return to
}

/** A block whose decoded length is known. Throws when it is another. */
export function decodeLz4Block(input: Uint8Array, byteLength: number): Uint8Array {
  const output = new Uint8Array(byteLength)
  if (decodeBlock(input, 0, input.length, output, 0) !== byteLength)
    throw new Error('an LZ4 block is shorter than it says')
  return output
}

/** A frame whose decoded length is known. Throws when it is another. Checksums are passed over. */
export function decodeLz4Frame(input: Uint8Array, byteLength: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  if (view.getUint32(0, true) !== FRAME_MAGIC) throw new Error('expected an LZ4 frame')
  const flags = view.getUint8(4)
  if (flags >>> 6 !== 1) throw new Error('an LZ4 frame is of another version')
  const [hasBlockChecksum, hasSize, hasDictionary] = [0x10, 0x08, 0x01].map((bit) => (flags & bit) !== 0)
  if (hasDictionary) throw new Error('an LZ4 frame needs a dictionary')
  let from = hasSize ? 15 : 7
  let to = 0
  const output = new Uint8Array(byteLength)
  for (;;) {
    const header = view.getUint32(from, true)
    from += 4
    if (header === 0) break
    const length = header & 0x7fffffff
    const end = from + length
    if (end > input.length) throw new Error('an LZ4 frame is cut short')
    if (header >>> 31 === 1) {
      if (to + length > byteLength) throw new Error('an LZ4 frame is longer than it says')
      output.set(input.subarray(from, end), to)
      to += length
    } else to = decodeBlock(input, from, end, output, to)
    from = hasBlockChecksum ? end + 4 : end
  }
  if (to !== byteLength) throw new Error('an LZ4 frame is shorter than it says')
  return output
}
