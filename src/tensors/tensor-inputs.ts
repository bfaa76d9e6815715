// The inputs of a model that takes tensors: each held to the name, the datatype and the shape that the model has for it.
import { FaultList } from '../model/faults.ts'
import { shown, shownNames } from '../model/shown.ts'
import { CELLS_MAX } from '../model/table-limits.ts'
import type { TensorElements, TensorSpec, TensorValues } from '../model/tensor-model.ts'
import { checkElements } from './check-elements.ts'
import { byteLengthOf } from './datatypes.ts'
import { type Blobs, bytesOfInput, eachInput, elementsOf, type NamedInput, refuseNoData } from './each-input.ts'
import type { TensorListJson } from './inference-json.ts'
import { type ElementBudget, RANK_MAX } from './limits.ts'
import { elementsOfBytes, elementsOfColumn } from './typed-elements.ts'

/** Of a text in a list of them. */
const REFERENCE_BYTES = 8

export interface TensorInputs {
  /** In the order of the model; meaningful only without faults. */
  readonly tensors: readonly TensorValues[]
  /** The names of all that came. */
  readonly names: ReadonlySet<string>
}

export interface TensorReading {
  readonly blobs: Blobs | undefined
  readonly budget: ElementBudget
  /** Tensors that the model does not have are passed over. */
  readonly dropsExtra: boolean
  /** The least size of a dimension that the model leaves open: 1 of what it takes, 0 of what it gives. */
  readonly sizeMin: 0 | 1
}

/**
 * Adds a fault for each tensor that is missing or unexpected, each datatype, shape and element that is not as the model has it, and
 * each dimension of a name that has two sizes. O(bytes).
 */
export function readTensorInputs(
  inputs: TensorListJson,
  specs: readonly TensorSpec[],
  reading: TensorReading,
  faults: FaultList,
): TensorInputs {
  const { blobs, dropsExtra } = reading
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const read = new Map<string, TensorValues>()
  const names = eachInput(inputs, blobs, faults, (named) => {
    const spec = byName.get(named.name)
    if (spec === undefined) {
      if (dropsExtra) return
      named.refuse(`unexpected: the model has no such tensor; expected ${shownNames([...byName.keys()])}`)
      return
    }
    const values = readTensor(named, spec, reading, faults)
    if (values !== undefined) read.set(named.name, values)
  })
  for (const { name, datatype, shape } of specs) {
    if (names.has(name)) continue
    faults.add({ in: 'inputs', column: name, detail: `missing; expected ${datatype} of shape ${shownShape(shape)}` })
  }
  const tensors = specs.flatMap(({ name }) => read.get(name) ?? [])
  checkDimensions(tensors, byName, faults)
  return { tensors, names }
}

/** As the protocol tells it: −1 is a dimension of any length. */
export function shownShape(shape: TensorSpec['shape']): string {
  return JSON.stringify(shape.map((size) => size ?? -1))
}

function readTensor(
  named: NamedInput,
  spec: TensorSpec,
  { blobs, budget, sizeMin }: TensorReading,
  faults: FaultList,
): TensorValues | undefined {
  const { name, input, binary } = named
  const datatype = datatypeOf(named, spec)
  const shape = shapeOf(named, spec, sizeMin)
  const found = new FaultList()
  const data = dataOf(named, blobs, { datatype, shape, budget, faults: found })
  faults.addAll({ listed: found.listed.map((fault) => ({ ...fault, column: name })), count: found.count })
  if (data === undefined || datatype === undefined || shape === undefined) return undefined
  const elements = elementsOf(shape)
  if (binary !== undefined && found.isEmpty && data.length !== elements) {
    named.refuse(`shape ${shown(input.shape)} has ${elements} elements, its bytes ${data.length}`)
  }
  return { name, datatype, shape, data }
}

function datatypeOf({ input: { datatype }, refuse }: NamedInput, spec: TensorSpec): string | undefined {
  if (datatype === spec.datatype) return spec.datatype
  refuse(`datatype: expected ${spec.datatype}, got ${shown(datatype)}`)
  return undefined
}

function shapeOf(
  { input: { shape }, refuse }: NamedInput,
  spec: TensorSpec,
  sizeMin: 0 | 1,
): readonly number[] | undefined {
  const isShape =
    Array.isArray(shape) &&
    shape.length === spec.shape.length &&
    shape.length <= RANK_MAX &&
    shape.every((size, i) => Number.isSafeInteger(size) && size >= sizeMin && size === (spec.shape[i] ?? size))
  if (!isShape) {
    refuse(`shape: expected ${shownShape(spec.shape)}, where -1 is ${sizeMin} or more, got ${shown(shape)}`)
    return undefined
  }
  const elements = elementsOf(shape)
  if (elements <= CELLS_MAX) return shape
  refuse(`shape: ${shown(shape)} has ${elements} elements; expected ${CELLS_MAX} at the most`)
  return undefined
}

interface Known {
  readonly datatype: string | undefined
  readonly shape: readonly number[] | undefined
  readonly budget: ElementBudget
  /** Of the elements. */
  readonly faults: FaultList
}

function dataOf(
  named: NamedInput,
  blobs: Blobs | undefined,
  { datatype, shape, budget, faults }: Known,
): TensorElements | undefined {
  const { name, input, binary, refuse } = named
  if (binary !== undefined) {
    const bytes = bytesOfInput(named, binary, blobs, { datatype, shape })
    return bytes && elementsOfBytes(bytes, datatype as string, budget, faults)
  }
  const { data } = input
  if (typeof data !== 'object') {
    refuseNoData(named)
    return undefined
  }
  faults.addAll(data.faults)
  if (shape !== undefined) {
    const elements = elementsOf(shape)
    if (data.count !== elements) refuse(`shape ${shown(shape)} has ${elements} elements, its data ${data.count}`)
    else if (data.nested === undefined) refuse('its data are lists of different lengths')
    else if (data.depth > 1 && !isSame(data.nested, shape)) {
      refuse(`its data are lists in lists of shape ${shown(data.nested)}, expected ${shown(shape)}`)
    }
  }
  if (datatype === undefined || !faults.isEmpty) return undefined
  checkElements(data.column, name, datatype, faults)
  if (!faults.isEmpty) return undefined
  budget.levels.memory?.take(byteLengthOf(datatype, data.count) ?? REFERENCE_BYTES * data.count)
  return elementsOfColumn(data.column, datatype, faults)
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i])
}

/** Dimensions of one name have one size in all tensors. */
function checkDimensions(
  tensors: readonly TensorValues[],
  specs: ReadonlyMap<string, TensorSpec>,
  faults: FaultList,
): void {
  const first = new Map<string, { readonly size: number; readonly in: string }>()
  for (const { name, shape } of tensors) {
    const { dimensionNames } = specs.get(name) as TensorSpec
    for (const [i, dimension] of dimensionNames.entries()) {
      if (dimension === null) continue
      const size = shape[i] as number
      const before = first.get(dimension)
      if (before === undefined) first.set(dimension, { size, in: name })
      else if (before.size !== size) {
        const detail = `the dimension ${shown(dimension)} is ${size}, but ${before.size} in ${shown(before.in)}`
        faults.add({ in: 'inputs', column: name, detail })
      }
    }
  }
}
