// The inputs of a request: each held to its own shape and datatype. What the pipeline expects is not known here.

import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import type { Column } from '../model/table.ts'
import { type BodyBytes, withWindow } from '../rows/byte-window.ts'
import { readBinaryData } from './binary-data.ts'
import { checkElements } from './check-elements.ts'
import { byteLengthOf, DATATYPES } from './datatypes.ts'
import type { InferenceJson, InputJson } from './inference-json.ts'
import type { ElementBudget } from './limits.ts'
import type { TensorData } from './tensor-data.ts'

export interface InputTensor {
  readonly name: string
  readonly datatype: string
  /** The first dimension. */
  readonly rowCount: number
  readonly column: Column
}

export interface InputTensors {
  /** Those of which all is well. */
  readonly tensors: readonly InputTensor[]
  /** The names of all. */
  readonly names: ReadonlySet<string>
}

/** Where the bytes of binary tensors lie. */
export interface Blobs {
  readonly body: BodyBytes
  readonly start: number
  readonly end: number
}

type Refuse = (detail: string) => void

/** Adds a fault for whatever is wrong with an input; so are two of the same name, and bytes that no input claims. */
export function readInputTensors(
  inputs: InferenceJson['inputs'],
  blobs: Blobs | undefined,
  budget: ElementBudget,
  faults: FaultList,
): InputTensors {
  if (!Array.isArray(inputs)) {
    faults.add({ in: 'inputs', detail: `expected a list of tensors, got ${inputs ?? 'nothing'}` })
    return { tensors: [], names: new Set() }
  }
  const seen = new Set<string>()
  let at = blobs?.start ?? 0
  const tensors = inputs.flatMap((input: InputJson | string, i): InputTensor[] => {
    if (typeof input === 'string') {
      faults.add({ in: 'inputs', detail: `inputs[${i}]: expected an object, got ${input}` })
      return []
    }
    const { name } = input
    const binarySize = binarySizeOf(input)
    const start = at
    at += typeof binarySize === 'number' ? binarySize : 0
    if (typeof name !== 'string') {
      faults.add({ in: 'inputs', detail: `inputs[${i}]: expected a name, got ${shown(name)}` })
      return []
    }
    const refuse: Refuse = (detail) => faults.add({ in: 'inputs', column: name, detail })
    const faultsBefore = faults.count
    if (seen.has(name)) refuse('there is another of this name')
    seen.add(name)
    const datatype = datatypeOf(input, refuse)
    const shape = shapeOf(input, refuse)
    const binary = binarySize === undefined ? undefined : { size: binarySize, start }
    const data = dataOf(input, binary, blobs, { datatype, shape, budget }, refuse)
    if (data === undefined || datatype === undefined || shape === undefined) return []
    const { listed, count } = data.faults
    faults.addAll({ listed: listed.map((fault) => ({ ...fault, column: name })), count })
    const elements = product(shape)
    if (data.count !== elements) refuse(`shape ${shown(shape)} has ${elements} elements, its data ${data.count}`)
    if (data.depth > shape.length) refuse(`its data are lists in lists, deeper than its shape ${shown(shape)}`)
    if (binary === undefined && count === 0) checkElements(data.column, name, datatype, faults)
    if (faults.count > faultsBefore) return []
    return [{ name, datatype, rowCount: shape[0] as number, column: data.column }]
  })
  if (blobs !== undefined && at !== blobs.end) {
    const detail = `the binary_data_size of the tensors make ${at - blobs.start} bytes, but behind the JSON there are`
    faults.add({ in: 'body', detail: `${detail} ${blobs.end - blobs.start}` })
  }
  return { tensors, names: seen }
}

function datatypeOf({ datatype }: InputJson, refuse: Refuse): string | undefined {
  if (DATATYPES.includes(datatype as string)) return datatype as string
  refuse(`datatype: expected one of ${DATATYPES.join(', ')}, got ${shown(datatype)}`)
  return undefined
}

function shapeOf({ shape }: InputJson, refuse: Refuse): readonly number[] | undefined {
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (isShape && (shape.length === 1 || (shape.length === 2 && shape[1] === 1))) return shape
  refuse(`shape: expected [n] or [n,1], one tensor for each column, got ${shown(shape)}`)
  return undefined
}

/** What the input says of its bytes: undefined where it has none. */
function binarySizeOf({ parameters }: InputJson): unknown {
  return (parameters as { binary_data_size?: unknown } | null | undefined)?.binary_data_size
}

interface Known {
  readonly datatype: string | undefined
  readonly shape: readonly number[] | undefined
  readonly budget: ElementBudget
}

function dataOf(
  { data }: InputJson,
  binary: { readonly size: unknown; readonly start: number } | undefined,
  blobs: Blobs | undefined,
  { datatype, shape, budget }: Known,
  refuse: Refuse,
): TensorData | undefined {
  if (binary === undefined) {
    if (typeof data === 'object') return data
    refuse(`expected data as a list, or binary_data_size among its parameters; got ${data ?? 'neither'}`)
    return undefined
  }
  const { size, start } = binary
  if (data !== undefined) refuse('it has data and binary_data_size; expected one of them')
  if (!Number.isSafeInteger(size) || (size as number) < 0) refuse(`binary_data_size: got ${shown(size)}`)
  else if (blobs === undefined) refuse('binary_data_size without the header Inference-Header-Content-Length')
  else if (start + (size as number) > blobs.end) refuse('its bytes go beyond the end of the body')
  else if (datatype !== undefined && shape !== undefined) {
    const expected = byteLengthOf(datatype, product(shape))
    if (expected === undefined || expected === size) {
      const read = (window: Parameters<typeof readBinaryData>[0]) =>
        readBinaryData(window, size as number, datatype, budget)
      return withWindow(blobs.body, read, { start, end: start + (size as number) })
    }
    refuse(`shape ${shown(shape)} of ${datatype} has ${expected} bytes, its binary_data_size is ${size}`)
  }
  return undefined
}

function product(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1)
}
