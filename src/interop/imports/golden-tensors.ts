// Golden tensors: requests of the inference protocol with what the framework itself answers to them.
import { invalidRequest } from '../../errors.ts'
import { FaultList } from '../../model/faults.ts'
import type { TableMemory } from '../../model/table-memory.ts'
import type { TensorSpec, TensorValues } from '../../model/tensor-model.ts'
import { withWindow } from '../../rows/byte-window.ts'
import { JsonReader, type JsonType } from '../../rows/json-reader.ts'
import { readMembers, readTensorList, type TensorListJson } from '../../tensors/inference-json.ts'
import { type ElementBudget, elementBudget } from '../../tensors/limits.ts'
import { readTensorInputs, type TensorReading } from '../../tensors/tensor-inputs.ts'
import type { TensorLayout } from '../onnx/tensor-layout.ts'
import type { GoldenBody } from './checked-import.ts'

/** A request and its answer, as they stand there. */
export interface GoldenCaseJson {
  readonly inputs: TensorListJson
  readonly outputs: TensorListJson
}

export interface GoldenJson {
  readonly cases: readonly (GoldenCaseJson | JsonType)[]
  readonly budget: ElementBudget
}

/** In the order of the model. */
export interface GoldenCase {
  readonly inputs: readonly TensorValues[]
  readonly outputs: readonly TensorValues[]
}

const CASES_MAX = 1000
const BRACE = 0x7b
const BRACKET_END = 0x5d

/** True of JSON that is an object; golden rows are a list. Reads the beginning. */
export function holdsTensors({ body, form }: Pick<GoldenBody, 'body' | 'form'>): boolean {
  return form === 'json' && withWindow(body, (window) => new JsonReader(window).peek() === BRACE)
}

/**
 * Reads `{"inputs": […], "outputs": […]}`, or several of them as `{"cases": […]}`. What the model expects is not known here. Throws
 * ServiceError BODY_MALFORMED, BODY_TOO_LARGE, and REQUEST_INVALID where there are no cases, or too many. O(bytes).
 */
export function readGoldenJson(body: GoldenBody['body'], memory: TableMemory): GoldenJson {
  const budget = elementBudget(memory)
  const faults = new FaultList()
  const cases = withWindow(body, (window) => {
    const reader = new JsonReader(window)
    let listed: (GoldenCaseJson | JsonType)[] | undefined
    const single = readCase(reader, budget, faults, (name) => {
      if (name !== 'cases') return false
      listed = readCases(reader, budget, faults)
      return true
    })
    reader.expectEnd()
    const isSingle = single.inputs !== undefined || single.outputs !== undefined
    if (isSingle && listed !== undefined) {
      faults.add({ in: 'golden', detail: 'it has cases, and inputs or outputs beside them; expected one of both' })
    }
    return listed ?? [single]
  })
  if (cases.length === 0) faults.add({ in: 'golden', detail: 'cases: expected at least one, got none' })
  if (!faults.isEmpty) throw invalidRequest(inGolden(faults, ''))
  return { cases, budget }
}

/** Of the outputs that the first case with one has: by name, how many dimensions they have. */
export function outputRanks({ cases }: GoldenJson): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const each of cases) {
    const outputs = typeof each === 'object' && Array.isArray(each.outputs) ? each.outputs : []
    for (const output of outputs) {
      if (typeof output !== 'object' || typeof output.name !== 'string' || !Array.isArray(output.shape)) continue
      if (!ranks.has(output.name)) ranks.set(output.name, output.shape.length)
    }
  }
  return ranks
}

/** Throws ServiceError REQUEST_INVALID with everything in which a case is not as the model has it. O(elements). */
export function goldenCases({ cases, budget }: GoldenJson, { inputs, outputs }: TensorLayout): GoldenCase[] {
  const faults = new FaultList()
  const read = cases.map((given, i): GoldenCase => {
    const which = cases.length === 1 ? '' : `case ${i}: `
    if (typeof given !== 'object') {
      faults.add({ in: 'golden', detail: `${which}expected an object with inputs and outputs, got ${given}` })
      return { inputs: [], outputs: [] }
    }
    const side = (list: TensorListJson, specs: readonly TensorSpec[], name: string, sizeMin: 0 | 1) => {
      const found = new FaultList()
      const reading: TensorReading = { blobs: undefined, budget, dropsExtra: false, sizeMin }
      const { tensors } = readTensorInputs(list, specs, reading, found)
      faults.addAll(inGolden(found, `${which}${name}: `))
      return tensors
    }
    return { inputs: side(given.inputs, inputs, 'inputs', 1), outputs: side(given.outputs, outputs, 'outputs', 0) }
  })
  if (!faults.isEmpty) throw invalidRequest(faults)
  return read
}

function readCases(reader: JsonReader, budget: ElementBudget, faults: FaultList): (GoldenCaseJson | JsonType)[] {
  if (reader.typeAhead() !== 'array') {
    faults.add({ in: 'golden', detail: `cases: expected a list, got ${reader.skipValue()}` })
    return []
  }
  const cases: (GoldenCaseJson | JsonType)[] = []
  let count = 0
  reader.advance()
  if (reader.peek() === BRACKET_END) {
    reader.advance()
    return cases
  }
  do {
    count += 1
    if (count > CASES_MAX) reader.skipValue()
    else cases.push(reader.typeAhead() === 'object' ? readCase(reader, budget, faults) : reader.skipValue())
  } while (reader.hasNext(BRACKET_END))
  if (count > CASES_MAX) {
    faults.add({ in: 'golden', detail: `cases: expected ${CASES_MAX} at the most, got ${count}` })
  }
  return cases
}

function readCase(
  reader: JsonReader,
  budget: ElementBudget,
  faults: FaultList,
  readMore: (name: string) => boolean = () => false,
): GoldenCaseJson {
  let inputs: TensorListJson
  let outputs: TensorListJson
  readMembers(reader, [], faults, (name) => {
    if (name === 'inputs') inputs = readTensorList(reader, budget, faults)
    else if (name === 'outputs') outputs = readTensorList(reader, budget, faults)
    else return readMore(name)
    return true
  })
  return { inputs, outputs }
}

function inGolden({ listed, count }: FaultList, prefix: string): FaultList {
  const faults = new FaultList()
  const moved = listed.map((fault) => ({ ...fault, in: 'golden' as const, detail: prefix + fault.detail }))
  faults.addAll({ listed: moved, count })
  return faults
}
