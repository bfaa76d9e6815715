// The values of one page of a Parquet column, present ones only, as they are stored.
import type { PhysicalType } from './file-metadata.ts'
import {
  joinStreams,
  type PageReader,
  readDeltaBytes,
  readDeltaLengths,
  readDeltas,
  readFixedBytes,
  readPlainBytes,
  readRuns,
} from './page-encodings.ts'

/** Numbers and booleans (0 and 1) as numbers, 64-bit integers as such, all else as bytes. */
export type PageValues = Int32Array | Float32Array | Float64Array | BigInt64Array | readonly Uint8Array[]

/** Encoding, of parquet.thrift. */
export const ENCODINGS = {
  plain: 0,
  plainDictionary: 2,
  runs: 3,
  deltas: 5,
  deltaLengths: 6,
  deltaBytes: 7,
  dictionary: 8,
  streams: 9,
} as const

const INT96_BYTES = 12
/** Bytes that the texts of a page may come to, when each has a part of the one before. */
const TEXT_BYTES_MAX = 2 ** 28

export interface StoredType {
  readonly type: PhysicalType
  readonly typeLength: number
}

/** Reads so many values. Throws an Error when the page has fewer, or an encoding that the type cannot have. */
export function readValues(reader: PageReader, encoding: number, count: number, stored: StoredType): PageValues {
  const { type, typeLength } = stored
  const isBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY'
  if (encoding === ENCODINGS.plain) return readPlain(reader, count, stored)
  if (encoding === ENCODINGS.runs && type === 'BOOLEAN') {
    reader.at += 4
    return readRuns(reader, 1, count)
  }
  if (encoding === ENCODINGS.deltas && (type === 'INT32' || type === 'INT64')) {
    const values = readDeltas(reader, count)
    return complete(type === 'INT32' ? Int32Array.from(values, Number) : values, count)
  }
  if (encoding === ENCODINGS.deltaLengths && type === 'BYTE_ARRAY')
    return complete(readDeltaLengths(reader, count), count)
  if (encoding === ENCODINGS.deltaBytes && isBytes)
    return complete(readDeltaBytes(reader, count, TEXT_BYTES_MAX), count)
  if (encoding === ENCODINGS.streams && type !== 'BYTE_ARRAY' && type !== 'BOOLEAN') {
    return readPlain(joinStreams(reader, count, byteLengthOf(type, typeLength)), count, stored)
  }
  throw new Error(`a page of type ${type} has encoding ${encoding}`)
}

function readPlain(reader: PageReader, count: number, { type, typeLength }: StoredType): PageValues {
  if (type === 'BYTE_ARRAY') return readPlainBytes(reader, count)
  if (type === 'BOOLEAN') {
    const bits = reader.take(Math.ceil(count / 8))
    return Int32Array.from({ length: count }, (_, i) => ((bits[i >>> 3] as number) >>> (i & 7)) & 1)
  }
  const byteLength = byteLengthOf(type, typeLength)
  if (type === 'FIXED_LEN_BYTE_ARRAY' || type === 'INT96') return readFixedBytes(reader, count, byteLength)
  // A copy, since numbers may lie at any place. Little-endian on every machine we run on.
  const { buffer } = new Uint8Array(reader.take(count * byteLength))
  if (type === 'INT32') return new Int32Array(buffer)
  if (type === 'INT64') return new BigInt64Array(buffer)
  return type === 'FLOAT' ? new Float32Array(buffer) : new Float64Array(buffer)
}

function byteLengthOf(type: PhysicalType, typeLength: number): number {
  if (type === 'FIXED_LEN_BYTE_ARRAY') return typeLength
  if (type === 'INT96') return INT96_BYTES
  return type === 'INT32' || type === 'FLOAT' ? 4 : 8
}

function complete<Values extends PageValues>(values: Values, count: number): Values {
  if (values.length === count) return values
  throw new Error(`a page has ${values.length} values, and says ${count}`)
}
