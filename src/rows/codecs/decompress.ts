// Compressed parts of binary forms. What a part says of its own length is the most that it may come to.
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { decodeLz4Block, decodeLz4Frame } from './lz4.ts'
import { decodeSnappy } from './snappy.ts'

export type Codec = 'none' | 'snappy' | 'gzip' | 'brotli' | 'zstd' | 'lz4' | 'lz4-frame' | 'lz4-hadoop'

const HADOOP_PREFIX_BYTES = 8

/** The bytes of a part that is to have so many when it is decompressed. Throws an Error when it has not. */
export function decompress(codec: Codec, input: Uint8Array, byteLength: number): Uint8Array {
  const output = decode(codec, input, byteLength)
  if (output.length !== byteLength) {
    throw new Error(`a part says that it has ${byteLength} bytes when it is decompressed, and has ${output.length}`)
  }
  return output
}

function decode(codec: Codec, input: Uint8Array, byteLength: number): Uint8Array {
  // The decoders refuse a maximum of 0.
  const options = { maxOutputLength: Math.max(byteLength, 1) }
  switch (codec) {
    case 'none':
      return input
    case 'snappy':
      return decodeSnappy(input, byteLength)
    case 'gzip':
      return gunzipSync(input, options)
    case 'brotli':
      return brotliDecompressSync(input, options)
    case 'zstd':
      return zstdDecompressSync(input, options)
    case 'lz4':
      return decodeLz4Block(input, byteLength)
    case 'lz4-frame':
      return decodeLz4Frame(input, byteLength)
    case 'lz4-hadoop':
      return decodeHadoop(input, byteLength)
  }
}

/** What older writers call LZ4: blocks, each after its two lengths in big-endian order; or a block as it is. */
function decodeHadoop(input: Uint8Array, byteLength: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const output = new Uint8Array(byteLength)
  let to = 0
  for (let from = 0; from < input.length; ) {
    if (from + HADOOP_PREFIX_BYTES > input.length) return decodeLz4Block(input, byteLength)
    const length = view.getUint32(from)
    const end = from + HADOOP_PREFIX_BYTES + view.getUint32(from + 4)
    if (end > input.length || to + length > byteLength) return decodeLz4Block(input, byteLength)
    output.set(decodeLz4Block(input.subarray(from + HADOOP_PREFIX_BYTES, end), length), to)
    to += length
    from = end
  }
  return output
}
