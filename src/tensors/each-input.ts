// The inputs of a request one by one, by their names, with where the bytes of each lie.

import type { FaultList } from '../model/faults.ts'
import { shown } from '../model/shown.ts'
import type { BodyBytes } from '../rows/byte-window.ts'
import { byteLengthOf } from './datatypes.ts'
import type { InferenceJson, InputJson } from './inference-json.ts'

/** Where the bytes of binary tensors lie. */
export interface Blobs {
  readonly body: BodyBytes
  readonly start: number
  readonly end: number
}

export type Refuse = (detail: string) => void

export interface NamedInput {
  readonly name: string
  readonly input: InputJson
  /** What it says of its bytes, and where they begin; undefined where it has none. */
  readonly binary: { readonly size: unknown; readonly start: number } | undefined
  /** Adds a fault of this input. */
  readonly refuse: Refuse
}

/**
 * Calls `visit` for each input that has a name, and gives the names. Adds a fault for what is no input, two of the same name, and
 * bytes that no input claims.
 */
export function eachInput(
  inputs: InferenceJson['inputs'],
  blobs: Blobs | undefined,
  faults: FaultList,
  visit: (input: NamedInput) => void,
): ReadonlySet<string> {
  const names = new Set<string>()
  if (!Array.isArray(inputs)) {
    faults.add({ in: 'inputs', detail: `expected a list of tensors, got ${inputs ?? 'nothing'}` })
    return names
  }
  let at = blobs?.start ?? 0
  for (const [i, input] of (inputs as (InputJson | string)[]).entries()) {
    if (typeof input === 'string') {
      faults.add({ in: 'inputs', detail: `inputs[${i}]: expected an object, got ${input}` })
      continue
    }
    const { name } = input
    const size = binarySizeOf(input)
    const start = at
    at += typeof size === 'number' ? size : 0
    if (typeof name !== 'string') {
      faults.add({ in: 'inputs', detail: `inputs[${i}]: expected a name, got ${shown(name)}` })
      continue
    }
    const refuse: Refuse = (detail) => faults.add({ in: 'inputs', column: name, detail })
    if (names.has(name)) refuse('there is another of this name')
    names.add(name)
    visit({ name, input, binary: size === undefined ? undefined : { size, start }, refuse })
  }
  if (blobs !== undefined && at !== blobs.end) {
    const detail = `the binary_data_size of the tensors make ${at - blobs.start} bytes, but behind the JSON there are`
    faults.add({ in: 'body', detail: `${detail} ${blobs.end - blobs.start}` })
  }
  return names
}

/** What the input says of its bytes: undefined where it has none. */
function binarySizeOf({ parameters }: InputJson): unknown {
  return (parameters as { binary_data_size?: unknown } | null | undefined)?.binary_data_size
}

/** Bytes [start, end) of the body. */
export interface Bytes {
  readonly body: BodyBytes
  readonly start: number
  readonly end: number
}

/**
 * Where the bytes of an input lie, once they fit its datatype and shape; undefined, with a fault, where they do not. Adds a fault
 * where there are data too. datatype, shape: undefined where they have a fault themselves.
 */
export function bytesOfInput(
  { input: { data }, refuse }: NamedInput,
  { size, start }: NonNullable<NamedInput['binary']>,
  blobs: Blobs | undefined,
  { datatype, shape }: { readonly datatype: string | undefined; readonly shape: readonly number[] | undefined },
): Bytes | undefined {
  if (data !== undefined) refuse('it has data and binary_data_size; expected one of them')
  if (!Number.isSafeInteger(size) || (size as number) < 0) refuse(`binary_data_size: got ${shown(size)}`)
  else if (blobs === undefined) refuse('binary_data_size without the header Inference-Header-Content-Length')
  else if (start + (size as number) > blobs.end) refuse('its bytes go beyond the end of the body')
  else if (datatype !== undefined && shape !== undefined) {
    const expected = byteLengthOf(datatype, elementsOf(shape))
    if (expected === undefined || expected === size) {
      return { body: blobs.body, start, end: start + (size as number) }
    }
    refuse(`shape ${shown(shape)} of ${datatype} has ${expected} bytes, its binary_data_size is ${size}`)
  }
  return undefined
}

/** What is said of an input that has neither bytes nor a list. */
export function refuseNoData({ input: { data }, refuse }: NamedInput): void {
  refuse(`expected data as a list, or binary_data_size among its parameters; got ${data ?? 'neither'}`)
}

/** How many elements a tensor of the shape has. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1)
}
