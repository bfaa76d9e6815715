// Reads files of ONNX by a decoder of its own: as much of onnx-ml.proto as tests look at.

/** The fields of a message, by number: integers as BigInt, all else as bytes. */
type Fields = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>

export interface OnnxNode {
  readonly operator: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

export interface OnnxAttribute {
  readonly ints: readonly number[]
  readonly doubles: readonly number[]
}

export interface OnnxPort {
  readonly name: string
  /** TensorProto.DataType. */
  readonly type: number
}

export interface OnnxFile {
  readonly irVersion: number
  readonly producer: string
  readonly opsets: Readonly<Record<string, number>>
  readonly metadata: Readonly<Record<string, string>>
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly initializers: readonly string[]
  readonly nodes: readonly OnnxNode[]
}

export function readOnnxFile(bytes: Uint8Array): OnnxFile {
  const model = fieldsOf(bytes)
  const graph = fieldsOf(part(model, 7))
  const pairs = (fields: Fields, number: number) =>
    parts(fields, number).map((one) => [text(fieldsOf(one), 1), text(fieldsOf(one), 2)] as const)
  return {
    irVersion: integer(model, 1),
    producer: text(model, 2),
    opsets: Object.fromEntries(parts(model, 8).map((one) => [text(fieldsOf(one), 1), integer(fieldsOf(one), 2)])),
    metadata: Object.fromEntries(pairs(model, 14)),
    inputs: parts(graph, 11).map(portOf),
    outputs: parts(graph, 12).map(portOf),
    initializers: parts(graph, 5).map((one) => text(fieldsOf(one), 8)),
    nodes: parts(graph, 1).map(nodeOf),
  }
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const node = fieldsOf(bytes)
  const texts = (number: number) => parts(node, number).map(textOf)
  const attributes = parts(node, 5).map((one) => [text(fieldsOf(one), 1), attributeOf(fieldsOf(one))] as const)
  return {
    operator: text(node, 4),
    domain: text(node, 7),
    inputs: texts(1),
    outputs: texts(2),
    attributes: new Map(attributes),
  }
}

function attributeOf(fields: Fields): OnnxAttribute {
  const tensor = fields.has(5) ? fieldsOf(part(fields, 5)) : undefined
  const raw = tensor !== undefined && integer(tensor, 2) === 11 ? part(tensor, 9) : new Uint8Array()
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const ints = fields.has(8) ? varintsOf(part(fields, 8)) : fields.has(3) ? [integer(fields, 3)] : []
  return { ints, doubles: Array.from({ length: raw.length / 8 }, (_, k) => view.getFloat64(8 * k, true)) }
}

function portOf(bytes: Uint8Array): OnnxPort {
  const port = fieldsOf(bytes)
  return { name: text(port, 1), type: integer(fieldsOf(part(fieldsOf(part(port, 2)), 1)), 1) }
}

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (bigint | Uint8Array)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) throw new Error('a message ends in the middle of a number')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const number = tag >>> 3
    let value: bigint | Uint8Array
    if ((tag & 7) === 0) value = varint()
    else if ((tag & 7) === 2) {
      const length = Number(varint())
      value = bytes.subarray(at, at + length)
      at += length
      if (at > bytes.length) throw new Error('a message is longer than what it stands in')
    } else throw new Error(`wire type ${tag & 7} is not written`)
    fields.set(number, [...(fields.get(number) ?? []), value])
  }
  return fields
}

function varintsOf(bytes: Uint8Array): number[] {
  const values: number[] = []
  let [value, factor] = [0, 1]
  for (const byte of bytes) {
    value += (byte & 127) * factor
    factor *= 128
    if (byte < 128) {
      values.push(value)
      ;[value, factor] = [0, 1]
    }
  }
  return values
}

const parts = (fields: Fields, number: number) => (fields.get(number) ?? []) as readonly Uint8Array[]
const part = (fields: Fields, number: number) => parts(fields, number)[0] ?? new Uint8Array()
const textOf = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)
const text = (fields: Fields, number: number) => textOf(part(fields, number))
const integer = (fields: Fields, number: number) => Number((fields.get(number)?.[0] as bigint | undefined) ?? 0n)
