// Models that take tensors of any shape in place of rows: what they say of themselves, and what goes in and comes out.
import type { StopFlag } from '../learning/parallel/stop-flag.ts'

/** A tensor that a model takes or gives. */
export interface TensorSpec {
  readonly name: string
  /** Of the Open Inference Protocol: FP32, INT64, BYTES, … */
  readonly datatype: string
  /** null is a dimension that the caller decides. */
  readonly shape: readonly (number | null)[]
  /** Names of dimensions, of the same length; those of one name have one size. null is a dimension without a name. */
  readonly dimensionNames: readonly (string | null)[]
}

/** Elements in row-major order. BOOL is 0 or 1, BYTES are texts. */
export type TensorElements =
  | Float16Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | readonly string[]

/** A tensor with its elements, as many as the product of its shape. */
export interface TensorValues {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly data: TensorElements
}

export interface TensorModel {
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** The outputs of these names, in this order. inputs: one for each of the model's. Throws FitStopped when the flag is set, and ServiceError. */
  run(
    inputs: readonly TensorValues[],
    outputNames: readonly string[],
    options: { readonly stop: StopFlag },
  ): Promise<TensorValues[]>
}

/** Bytes that the elements of tensors take. */
export function bytesOfTensors(tensors: readonly TensorValues[]): number {
  return tensors.reduce((sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : bytesOfTexts(data)), 0)
}

/** Of a reference and the head of a text, in V8. */
const TEXT_BYTES = 24

function bytesOfTexts(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + TEXT_BYTES + 2 * text.length, 0)
}
