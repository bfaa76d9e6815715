// The JSON of an inference request, as it comes: members in any order, tensor data straight into columns.
import { FaultList } from '../model/faults.ts'
import { COLUMNS_MAX } from '../model/table-limits.ts'
import type { ByteWindow } from '../rows/byte-window.ts'
import { JsonReader, type JsonType } from '../rows/json-reader.ts'
import { readJsonData } from './json-data.ts'
import { type ElementBudget, MEMBER_BYTES_MAX } from './limits.ts'
import type { TensorData } from './tensor-data.ts'

const COLON = 0x3a
const BRACKET_END = 0x5d
const BRACE_END = 0x7d

/** An input as it stands there; nothing of it is checked but its data, as far as they go without a datatype. */
export interface InputJson {
  readonly name: unknown
  readonly shape: unknown
  readonly datatype: unknown
  readonly parameters: unknown
  readonly data: TensorData | JsonType | undefined
}

/** What is there where a list of tensors is expected. */
export type TensorListJson = readonly (InputJson | JsonType)[] | JsonType | undefined

/** A request as it stands there. Members that are not known are passed over, as the protocol may have more of them. */
export interface InferenceJson {
  readonly id: unknown
  readonly parameters: unknown
  readonly outputs: unknown
  readonly inputs: TensorListJson
  /** Of members that are too large. */
  readonly faults: FaultList
}

/**
 * Reads the whole window. As in JSON.parse the last of equal names counts. Throws ServiceError BODY_MALFORMED when it is
 * not UTF-8, not JSON or no object. O(bytes).
 */
export function readInferenceJson(window: ByteWindow, budget: ElementBudget): InferenceJson {
  const reader = new JsonReader(window)
  const faults = new FaultList()
  let inputs: InferenceJson['inputs']
  if (reader.peek() === -1 || reader.typeAhead() !== 'object') reader.unexpected('a JSON object')
  const members = readMembers(reader, ['id', 'parameters', 'outputs'], faults, (name) => {
    if (name !== 'inputs') return false
    inputs = readTensorList(reader, budget, faults)
    return true
  })
  reader.expectEnd()
  return { id: members['id'], parameters: members['parameters'], outputs: members['outputs'], inputs, faults }
}

/** The list of tensors that comes next. Throws ServiceError BODY_MALFORMED and BODY_TOO_LARGE. O(bytes). */
export function readTensorList(
  reader: JsonReader,
  budget: ElementBudget,
  faults: FaultList,
): (InputJson | JsonType)[] | JsonType {
  const type = reader.typeAhead()
  if (type !== 'array') return reader.skipValue()
  const inputs: (InputJson | JsonType)[] = []
  let isTooLong = false
  reader.advance()
  if (reader.peek() === BRACKET_END) {
    reader.advance()
    return inputs
  }
  do {
    if (inputs.length === COLUMNS_MAX) {
      reader.skipValue()
      isTooLong = true
    } else if (reader.typeAhead() !== 'object') inputs.push(reader.skipValue())
    else {
      let data: InputJson['data']
      const members = readMembers(reader, ['name', 'shape', 'datatype', 'parameters'], faults, (name) => {
        if (name !== 'data') return false
        data = reader.typeAhead() === 'array' ? readJsonData(reader, budget) : reader.skipValue()
        return true
      })
      const { name, shape, datatype, parameters } = members
      inputs.push({ name, shape, datatype, parameters, data })
    }
  } while (reader.hasNext(BRACKET_END))
  if (isTooLong) faults.add({ in: 'inputs', detail: `more than ${COLUMNS_MAX} tensors` })
  return inputs
}

type Members<Name extends string> = { [name in Name]?: unknown }

/** Reads the object that comes next, whose small members have those names; readLarge takes a value itself, or leaves it by false. */
export function readMembers<Name extends string>(
  reader: JsonReader,
  names: readonly Name[],
  faults: FaultList,
  readLarge: (name: string) => boolean,
): Members<Name> {
  const members: Members<Name> = {}
  reader.advance()
  if (reader.peek() === BRACE_END) {
    reader.advance()
    return members
  }
  do {
    reader.scanString()
    const name = reader.stringValue()
    reader.expect(COLON)
    if (readLarge(name)) continue
    if (!names.includes(name as Name)) reader.skipValue()
    else {
      const value = reader.readValue(MEMBER_BYTES_MAX)
      if (value === undefined) faults.add({ in: 'body', detail: `${name}: more than ${MEMBER_BYTES_MAX} bytes` })
      members[name as Name] = value
    }
  } while (reader.hasNext(BRACE_END))
  return members
}
