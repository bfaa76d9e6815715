// The inputs of a request that are columns: each held to its own shape and datatype. What the pipeline expects is not known here.

import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import type { Column } from '../model/table.ts'
import { type ByteWindow, withWindow } from '../rows/byte-window.ts'
import { readBinaryData } from './binary-data.ts'
import { checkElements } from './check-elements.ts'
import { DATATYPES } from './datatypes.ts'
import {
  type Blobs,
  bytesOfInput,
  eachInput,
  elementsOf,
  type NamedInput,
  type Refuse,
  refuseNoData,
} from './each-input.ts'
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

/** Adds a fault for whatever is wrong with an input; so are two of the same name, and bytes that no input claims. */
export function readInputTensors(
  inputs: InferenceJson['inputs'],
  blobs: Blobs | undefined,
  budget: ElementBudget,
  faults: FaultList,
): InputTensors {
  const tensors: InputTensor[] = []
  const names = eachInput(inputs, blobs, faults, (named) => {
    const { name, input, binary, refuse } = named
    const faultsBefore = faults.count
    const datatype = datatypeOf(input, refuse)
    const shape = shapeOf(input, refuse)
    const data = dataOf(named, blobs, { datatype, shape, budget })
    if (data === undefined || datatype === undefined || shape === undefined) return
    const { listed, count } = data.faults
    faults.addAll({ listed: listed.map((fault) => ({ ...fault, column: name })), count })
    const elements = elementsOf(shape)
    if (data.count !== elements) refuse(`shape ${shown(shape)} has ${elements} elements, its data ${data.count}`)
    if (data.depth > shape.length) refuse(`its data are lists in lists, deeper than its shape ${shown(shape)}`)
    if (binary === undefined && count === 0) checkElements(data.column, name, datatype, faults)
    if (faults.count > faultsBefore) return
    tensors.push({ name, datatype, rowCount: shape[0] as number, column: data.column })
  })
  return { tensors, names }
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

interface Known {
  readonly datatype: string | undefined
  readonly shape: readonly number[] | undefined
  readonly budget: ElementBudget
}

function dataOf(named: NamedInput, blobs: Blobs | undefined, known: Known): TensorData | undefined {
  const { binary, input } = named
  if (binary === undefined) {
    if (typeof input.data === 'object') return input.data
    refuseNoData(named)
    return undefined
  }
  const bytes = bytesOfInput(named, binary, blobs, known)
  if (bytes === undefined) return undefined
  const { body, start, end } = bytes
  const read = (window: ByteWindow): TensorData =>
    readBinaryData(window, end - start, known.datatype as string, known.budget)
  return withWindow(body, read, { start, end })
}
