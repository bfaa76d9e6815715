// What a Parquet file says of itself at its end: its columns, and where the parts of each lie.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
import type { TableMemory } from '../../model/table-memory.ts'
import type { Codec } from '../codecs/decompress.ts'
import type { RandomBytes } from '../random-bytes.ts'
import { ThriftReader, type ThriftStruct } from './thrift.ts'
import { listOf, numberOf, structOf } from './thrift-fields.ts'

export const PHYSICAL_TYPES = [
  ...(['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE'] as const),
  ...(['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'] as const),
]
export type PhysicalType = (typeof PHYSICAL_TYPES)[number]

/** A column of the schema's top level. */
export interface ParquetField {
  readonly name: string
  /** Undefined of one that has columns inside. */
  readonly type: PhysicalType | undefined
  /** Bytes of a value, of FIXED_LEN_BYTE_ARRAY. */
  readonly typeLength: number
  readonly repetition: 'required' | 'optional' | 'repeated'
  /** The older way to say what a value means, by its number. */
  readonly converted: number | undefined
  /** The newer way: one field, whose id says it. */
  readonly logical: ThriftStruct | undefined
  readonly scale: number
  /** Leaves at and below it. */
  readonly leafCount: number
}

/** The values of one column in one group of rows. */
export interface ColumnChunk {
  readonly codec: Codec
  readonly start: number
  readonly end: number
}

export interface RowGroup {
  readonly rowCount: number
  /** By leaf of the schema. */
  readonly chunks: readonly ColumnChunk[]
}

export interface ParquetFile {
  readonly fields: readonly ParquetField[]
  readonly rowGroups: readonly RowGroup[]
}

const MAGIC = 'PAR1'
const ENCRYPTED_MAGIC = 'PARE'
const TAIL_BYTES = 8
const METADATA_BYTES_MAX = 2 ** 26
const NESTING_MAX = 64
/** What V8 takes for a byte of metadata, as objects. */
const OBJECT_BYTES_PER_BYTE = 16
const CODECS: readonly (Codec | undefined)[] = [
  'none',
  'snappy',
  'gzip',
  undefined,
  'brotli',
  'lz4-hadoop',
  'zstd',
  'lz4',
]
const REPETITIONS = ['required', 'optional', 'repeated'] as const
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Throws an Error for what is no such file. O(metadata). */
export function readMetadata(file: RandomBytes, memory?: TableMemory): ParquetFile {
  const { byteLength } = file
  if (byteLength < TAIL_BYTES + MAGIC.length) throw new Error('it is too short')
  const tail = file.read(byteLength - TAIL_BYTES, byteLength)
  const magic = tail.toString('latin1', 4)
  if (magic === ENCRYPTED_MAGIC) throw new Error('it is encrypted')
  if (magic !== MAGIC) throw new Error(`it does not end with ${MAGIC}, so it is cut short or of another form`)
  const length = tail.readUInt32LE(0)
  if (length > METADATA_BYTES_MAX) throw new Error(`its metadata has ${length} bytes, more than ${METADATA_BYTES_MAX}`)
  const end = byteLength - TAIL_BYTES
  if (length > end - MAGIC.length) throw new Error(`its metadata has ${length} bytes, more than the file`)
  memory?.take(OBJECT_BYTES_PER_BYTE * length)
  const metadata = new ThriftReader(file.read(end - length, end)).readStruct()
  const fields = readFields(listOf(metadata, 2).map(structOf))
  const leafCount = fields.reduce((sum, field) => sum + field.leafCount, 0)
  return { fields, rowGroups: listOf(metadata, 4).map((group) => readGroup(structOf(group), leafCount, byteLength)) }
}

/** The fields below the root, out of the list in which each stands before those inside of it. */
function readFields(elements: readonly ThriftStruct[]): ParquetField[] {
  let next = 0
  const leavesOf = (depth: number): { element: ThriftStruct; leafCount: number } => {
    const element = elements[next++]
    if (element === undefined || depth > NESTING_MAX) throw new Error('its schema is cut short or nests too deep')
    const children = numberOf(element, 5, 0)
    let leafCount = children === 0 ? 1 : 0
    for (let i = 0; i < children; i++) leafCount += leavesOf(depth + 1).leafCount
    return { element, leafCount }
  }
  const root = elements[next++]
  if (root === undefined) throw new Error('it has no schema')
  return Array.from({ length: Math.min(numberOf(root, 5, 0), elements.length) }, () => {
    const { element, leafCount } = leavesOf(0)
    const name = element.get(4)
    if (!(name instanceof Uint8Array)) throw new Error('a column has no name')
    const logical = element.get(10)
    return {
      name: decoder.decode(name),
      type: numberOf(element, 5, 0) > 0 ? undefined : PHYSICAL_TYPES[numberOf(element, 1)],
      typeLength: numberOf(element, 2, 0),
      repetition: REPETITIONS[numberOf(element, 3, 0)] ?? 'repeated',
      converted: element.has(6) ? numberOf(element, 6) : undefined,
      logical: logical instanceof Map ? logical : undefined,
      scale: numberOf(element, 7, 0),
      leafCount,
    }
  })
}

function readGroup(group: ThriftStruct, leafCount: number, byteLength: number): RowGroup {
  const columns = listOf(group, 1)
  if (columns.length !== leafCount) {
    throw new Error(`a group of rows has ${columns.length} columns, the schema has ${leafCount}`)
  }
  const rowCount = numberOf(group, 3)
  if (rowCount === 0) return { rowCount, chunks: [] }
  const chunks = columns.map((column) => {
    const metadata = structOf(structOf(column).get(3))
    const codec = CODECS[numberOf(metadata, 4)]
    if (codec === undefined) throw new Error(`its compression, number ${numberOf(metadata, 4)}, is not taken`)
    // Some writers say 0 where there is no dictionary.
    const starts = [numberOf(metadata, 9), numberOf(metadata, 11, 0)].filter((start) => start > 0)
    const start = Math.min(...starts)
    const end = start + numberOf(metadata, 7)
    if (!(end >= start && end <= byteLength)) throw new Error('a column lies outside of the file')
    return { codec, start, end }
  })
  return { rowCount, chunks }
}
