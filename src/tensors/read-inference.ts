// An inference request from its bytes to the rows that a pipeline predicts, and to what is asked of the answer.

import { invalidRequest, ServiceError } from '../errors.ts'
import { experimentKeyFault } from '../experiment-key.ts'
import { readExtraColumns } from '../model/extra-columns.ts'
import { FaultList } from '../model/faults.ts'
import type { ColumnSchema } from '../model/schema.ts'
import { shown } from '../model/shown.ts'
import type { Table } from '../model/table.ts'
import type { TableMemory } from '../model/table-memory.ts'
import { type BodyBytes, byteLengthOf, withWindow } from '../rows/byte-window.ts'
import { featureTable } from './feature-table.ts'
import { readInferenceJson } from './inference-json.ts'
import { readInputTensors } from './input-tensors.ts'
import { elementBudget } from './limits.ts'
import { isOptional, type OutputTensor } from './output-tensors.ts'
import { type OutputWish, readOutputWishes } from './output-wishes.ts'

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
  const byteLength = byteLengthOf(body)
  if (jsonLength !== undefined && jsonLength > byteLength) {
    const detail = `Inference-Header-Content-Length is ${jsonLength}, but the body has ${byteLength} bytes`
    throw new ServiceError('BODY_MALFORMED', detail)
  }
  const budget = elementBudget(memory)
  const json = withWindow(body, (window) => readInferenceJson(window, budget), { end: jsonLength })
  const faults = new FaultList()
  faults.addAll(json.faults)
  const { id, parameters } = json
  if (id !== undefined && typeof id !== 'string') {
    faults.add({ in: 'body', detail: `id: expected a string, got ${shown(id)}` })
  }
  const wishes = readOutputWishes(json.outputs, parameters, schema.outputs, faults)
  const blobs = jsonLength === undefined ? undefined : { body, start: jsonLength, end: byteLength }
  const tensors = readInputTensors(json.inputs, blobs, budget, faults)
  const { extra_columns: asked, experiment_key: key } = (parameters ?? {}) as Readonly<Record<string, unknown>>
  const keyFault = experimentKeyFault(key)
  if (keyFault !== undefined) faults.add({ in: 'body', detail: `experiment_key: ${keyFault}, got ${shown(key)}` })
  const extraColumns = readExtraColumns(asked, (detail) =>
    faults.add({ in: 'body', detail: `extra_columns: ${detail}` }),
  )
  const features = featureTable(tensors, schema.features, faults, extraColumns)
  if (!faults.isEmpty) throw invalidRequest(faults)
  const optional = new Set(schema.outputs.filter(isOptional).map(({ name }) => name))
  const withProbabilities = wishes.some(({ name }) => optional.has(name))
  const known = new Set(schema.features.map(({ name }) => name))
  const dropped = [...tensors.names].filter((name) => !known.has(name))
  return { id: id as string | undefined, features, dropped, wishes, withProbabilities }
}
