// An inference request from its bytes to the rows that a pipeline predicts, and to what is asked of the answer.
import { invalidRequest } from '../errors.ts'
import type { ColumnSchema } from '../model/schema.ts'
import type { Table } from '../model/table.ts'
import type { TableMemory } from '../model/table-memory.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { featureTable } from './feature-table.ts'
import { readInferenceHead } from './inference-head.ts'
import { readInputTensors } from './input-tensors.ts'
import { isOptional, type OutputTensor } from './output-tensors.ts'
import type { OutputWish } from './output-wishes.ts'

/** What a pipeline takes and gives. */
export interface InferenceSchema {
  readonly features: readonly ColumnSchema[]
  readonly outputs: readonly OutputTensor[]
}

export interface InferenceRequest {
  readonly id: string | undefined
  readonly features: Table
  /** Tensors that were left out, as the request's parameter extra_columns says. */
  readonly dropped: readonly string[]
  readonly wishes: readonly OutputWish[]
  /** Whether one of them is probabilities. */
  readonly withProbabilities: boolean
}

/**
 * Reads a body: JSON, or JSON of `jsonLength` bytes with binary tensors behind it. Throws ServiceError BODY_MALFORMED,
 * BODY_TOO_LARGE, or REQUEST_INVALID with every fault. O(bytes).
 */
export function readInference(
  body: BodyBytes,
  jsonLength: number | undefined,
  schema: InferenceSchema,
  memory?: TableMemory,
): InferenceRequest {
  const head = readInferenceHead(body, jsonLength, schema.outputs, memory)
  const { id, wishes, faults, extraColumns } = head
  const tensors = readInputTensors(head.inputs, head.blobs, head.budget, faults)
  const features = featureTable(tensors, schema.features, faults, extraColumns)
  if (!faults.isEmpty) throw invalidRequest(faults)
  const optional = new Set(schema.outputs.filter(isOptional).map(({ name }) => name))
  const withProbabilities = wishes.some(({ name }) => optional.has(name))
  const known = new Set(schema.features.map(({ name }) => name))
  const dropped = [...tensors.names].filter((name) => !known.has(name))
  return { id, features, dropped, wishes, withProbabilities }
}
