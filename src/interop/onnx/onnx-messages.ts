// What is said to the thread that runs one ONNX model.
import type { TensorElements } from '../../model/tensor-model.ts'

/** A tensor as ONNX Runtime takes and gives it: row-major; data has the product of dims as its length. */
export interface OnnxTensor {
  readonly name: string
  /** float32, float16, int64, uint8, bool, string, …; that of `data`. */
  readonly type: string
  readonly dims: readonly number[]
  readonly data: TensorElements
}

export interface OnnxCalls {
  /** Makes the session, where there is none yet. */
  open(question: undefined): void
  /** The outputs of these names, in this order. */
  run(question: { readonly feeds: readonly OnnxTensor[]; readonly fetches: readonly string[] }): OnnxTensor[]
}

/** What a thread is started with. */
export interface OnnxThreadData {
  /** The file, after readOnnx has passed it. */
  readonly model: Uint8Array
  /** Of the WebAssembly memory: all that the session holds. A multiple of 65,536. */
  readonly memoryBytesMax: number
}
