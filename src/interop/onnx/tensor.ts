// Tensors of an ONNX file: what a constant holds, and how it is written.
import { ProtobufWriter } from './protobuf-writer.ts'

/** By ONNX's names; the numbers are those of TensorProto.DataType in onnx-ml.proto. */
export const DATA_TYPES = { uint8: 2, int64: 7, string: 8, bool: 9, double: 11 } as const
export type DataType = keyof typeof DATA_TYPES

/** Values in row-major order, as many as the product of the dimensions. */
export interface Tensor {
  readonly type: DataType
  readonly dims: readonly number[]
  readonly values: ArrayLike<number> | readonly string[]
}

/** float64 values; without dimensions a vector. */
export function doubles(values: ArrayLike<number>, dims: readonly number[] = [values.length]): Tensor {
  return { type: 'double', dims, values }
}

/** A scalar. */
export function double(value: number): Tensor {
  return { type: 'double', dims: [], values: [value] }
}

export function int64s(values: ArrayLike<number>, dims: readonly number[] = [values.length]): Tensor {
  return { type: 'int64', dims, values }
}

export function int64(value: number): Tensor {
  return { type: 'int64', dims: [], values: [value] }
}

export function strings(values: readonly string[]): Tensor {
  return { type: 'string', dims: [values.length], values }
}

/** As a TensorProto. O(values). */
export function tensorProto({ type, dims, values }: Tensor, name?: string): ProtobufWriter {
  const proto = new ProtobufWriter()
  proto.integers(1, dims)
  proto.integer(2, DATA_TYPES[type])
  if (type === 'string') for (const text of values as readonly string[]) proto.text(6, text)
  if (name !== undefined) proto.text(8, name)
  if (type !== 'string') proto.bytes(9, rawData(type, values as ArrayLike<number>))
  return proto
}

/** Little-endian, one value behind the other. */
function rawData(type: DataType, values: ArrayLike<number>): Uint8Array {
  if (type === 'uint8' || type === 'bool') return Uint8Array.from(values)
  const bytes = new Uint8Array(8 * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    if (type === 'double') view.setFloat64(8 * i, values[i] as number, true)
    else view.setBigInt64(8 * i, BigInt(values[i] as number), true)
  }
  return bytes
}
