// What every inference request has, whatever its inputs are: an id, parameters, the outputs that are wanted, and bytes.
import { ServiceError } from '../errors.ts'
import { experimentKeyFault } from '../experiment-key.ts'
import { type ExtraColumns, readExtraColumns } from '../model/extra-columns.ts'
import { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import type { TableMemory } from '../model/table-memory.ts'
import { type BodyBytes, byteLengthOf, withWindow } from '../rows/byte-window.ts'
import type { Blobs } from './each-input.ts'
import { readInferenceJson, type TensorListJson } from './inference-json.ts'
import { type ElementBudget, elementBudget } from './limits.ts'
import { type AvailableOutput, type OutputWish, readOutputWishes } from './output-wishes.ts'

export interface InferenceRequestHead {
  readonly id: string | undefined
  readonly wishes: readonly OutputWish[]
  readonly extraColumns: ExtraColumns
  readonly inputs: TensorListJson
  readonly blobs: Blobs | undefined
  readonly budget: ElementBudget
  /** Of all but the inputs. */
  readonly faults: FaultList
}

/**
 * Reads a body: JSON, or JSON of `jsonLength` bytes with binary tensors behind it. Throws ServiceError BODY_MALFORMED and
 * BODY_TOO_LARGE. O(bytes of the JSON).
 */
export function readInferenceHead(
  body: BodyBytes,
  jsonLength: number | undefined,
  outputs: readonly AvailableOutput[],
  memory?: TableMemory,
): InferenceRequestHead {
  const byteLength = byteLengthOf(body)
  if (jsonLength !== undefined && jsonLength > byteLength) {
    const detail = `Inference-Header-Content-Length is ${jsonLength}, but the body has ${byteLength} bytes`
    throw new ServiceError('BODY_MALFORMED', detail)
  }
  const budget = elementBudget(memory)
  const json = withWindow(body, (window) => readInferenceJson(window, budget), { end: jsonLength })
  const faults = new FaultList()
  faults.addAll(json.faults)
  const { id, parameters, inputs } = json
  if (id !== undefined && typeof id !== 'string') {
    faults.add({ in: 'body', detail: `id: expected a string, got ${shown(id)}` })
  }
  const wishes = readOutputWishes(json.outputs, parameters, outputs, faults)
  const blobs = jsonLength === undefined ? undefined : { body, start: jsonLength, end: byteLength }
  const { extra_columns: asked, experiment_key: key } = (parameters ?? {}) as Readonly<Record<string, unknown>>
  const keyFault = experimentKeyFault(key)
  if (keyFault !== undefined) faults.add({ in: 'body', detail: `experiment_key: ${keyFault}, got ${shown(key)}` })
  const extraColumns = readExtraColumns(asked, (detail) =>
    faults.add({ in: 'body', detail: `extra_columns: ${detail}` }),
  )
  return { id: id as string | undefined, wishes, extraColumns, inputs, blobs, budget, faults }
}
