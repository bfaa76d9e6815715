// The datatypes of tensors in the Open Inference Protocol, and how their elements lie in bytes (little-endian).

/** Elements that are numbers. */
export interface NumberType {
  /** Bytes of an element. */
  readonly byteLength: number
  /** Of integers: the least and the greatest; undefined for floating point. */
  readonly range: readonly [number, number] | undefined
  /** Of integers: bytes can hold some that a double cannot. */
  readonly isWide?: true
  readonly read: (view: DataView, offset: number) => number
}

/** By datatype. 64-bit integers beyond 2^53 are not taken: as doubles they would lose digits. */
export const NUMBER_TYPES: ReadonlyMap<string, NumberType> = new Map<string, NumberType>([
  ['UINT8', { byteLength: 1, range: [0, 2 ** 8 - 1], read: (view, at) => view.getUint8(at) }],
  ['UINT16', { byteLength: 2, range: [0, 2 ** 16 - 1], read: (view, at) => view.getUint16(at, true) }],
  ['UINT32', { byteLength: 4, range: [0, 2 ** 32 - 1], read: (view, at) => view.getUint32(at, true) }],
  [
    'UINT64',
    {
      byteLength: 8,
      range: [0, Number.MAX_SAFE_INTEGER],
      isWide: true,
      read: (view, at) => Number(view.getBigUint64(at, true)),
    },
  ],
  ['INT8', { byteLength: 1, range: [-(2 ** 7), 2 ** 7 - 1], read: (view, at) => view.getInt8(at) }],
  ['INT16', { byteLength: 2, range: [-(2 ** 15), 2 ** 15 - 1], read: (view, at) => view.getInt16(at, true) }],
  ['INT32', { byteLength: 4, range: [-(2 ** 31), 2 ** 31 - 1], read: (view, at) => view.getInt32(at, true) }],
  [
    'INT64',
    {
      byteLength: 8,
      range: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      isWide: true,
      read: (view, at) => Number(view.getBigInt64(at, true)),
    },
  ],
  ['FP16', { byteLength: 2, range: undefined, read: (view, at) => view.getFloat16(at, true) }],
  ['FP32', { byteLength: 4, range: undefined, read: (view, at) => view.getFloat32(at, true) }],
  ['FP64', { byteLength: 8, range: undefined, read: (view, at) => view.getFloat64(at, true) }],
])

export const DATATYPES: readonly string[] = ['BOOL', ...NUMBER_TYPES.keys(), 'BYTES']

/** The bytes of so many elements; undefined for BYTES, whose elements have lengths of their own. */
export function byteLengthOf(datatype: string, count: number): number | undefined {
  if (datatype === 'BOOL') return count
  const type = NUMBER_TYPES.get(datatype)
  return type && type.byteLength * count
}
