// An inference request from its bytes to the tensors that a model takes, and to what is asked of the answer.
import { invalidRequest } from '../errors.ts'
import type { TableMemory } from '../model/table-memory.ts'
import type { TensorModel, TensorSpec, TensorValues } from '../model/tensor-model.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { readInferenceHead } from './inference-head.ts'
import type { OutputWish } from './output-wishes.ts'
import { readTensorInputs } from './tensor-inputs.ts'

export interface TensorRequest {
  readonly id: string | undefined
  /** In the order of the model. */
  readonly inputs: readonly TensorValues[]
  readonly rowCount: number
  /** Tensors that were left out, as the request's parameter extra_columns says. */
  readonly dropped: readonly string[]
  readonly wishes: readonly OutputWish[]
}

/** As readInference, of a model that takes tensors. Throws the same. O(bytes). */
export function readTensorRequest(
  body: BodyBytes,
  jsonLength: number | undefined,
  { inputs: specs, outputs }: Pick<TensorModel, 'inputs' | 'outputs'>,
  memory?: TableMemory,
): TensorRequest {
  const { id, wishes, faults, extraColumns, ...head } = readInferenceHead(body, jsonLength, outputs, memory)
  const { blobs, budget } = head
  const reading = { blobs, budget, dropsExtra: extraColumns === 'drop', sizeMin: 1 } as const
  const { tensors, names } = readTensorInputs(head.inputs, specs, reading, faults)
  if (!faults.isEmpty) throw invalidRequest(faults)
  const known = new Set(specs.map(({ name }) => name))
  const dropped = [...names].filter((name) => !known.has(name))
  return { id, inputs: tensors, rowCount: rowCountOf(tensors, specs), dropped, wishes }
}

/**
 * The rows of a request: the first dimension, where the caller decides it in all inputs and it is the same in all; else the
 * request is one. tensors: in the order of the specs.
 */
export function rowCountOf(tensors: readonly TensorValues[], specs: readonly TensorSpec[]): number {
  if (specs.some(({ shape }) => shape[0] !== null)) return 1
  const sizes = new Set(tensors.map(({ shape }) => shape[0] as number))
  const [size] = sizes
  return sizes.size === 1 ? (size as number) : 1
}
