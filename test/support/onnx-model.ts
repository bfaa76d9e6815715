// ONNX files made by hand, for what no converter would write. Field numbers of onnx.proto.

export type Bytes = Uint8Array

export function message(...fields: readonly (Bytes | undefined)[]): Bytes {
  return Buffer.concat(fields.filter((field) => field !== undefined))
}

/** A field of wire type 0. */
export function integer(number: number, value: number | bigint): Bytes {
  return Buffer.concat([varint(number << 3), varint(value)])
}

/** A field of wire type 2: a text, or a message. `length` says another length than it has. */
export function part(number: number, content: string | Bytes, length?: number): Bytes {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([varint((number << 3) | 2), varint(length ?? bytes.length), bytes])
}

function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}

export const FLOAT = 1
export const INT64 = 7
export const BOOL = 9

export interface NodeParts {
  readonly domain?: string
  readonly attributes?: readonly Bytes[]
}

export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { domain = '', attributes = [] }: NodeParts = {},
): Bytes {
  return message(
    ...inputs.map((name) => part(1, name)),
    ...outputs.map((name) => part(2, name)),
    part(4, operator),
    ...(domain === '' ? [] : [part(7, domain)]),
    ...attributes.map((attribute) => part(5, attribute)),
  )
}

export function graphAttribute(name: string, graph: Bytes): Bytes {
  return message(part(1, name), part(6, graph), integer(20, 5))
}

export function integerAttribute(name: string, value: number): Bytes {
  return message(part(1, name), integer(3, value), integer(20, 2))
}

export function tensorAttribute(name: string, tensor: Bytes): Bytes {
  return message(part(1, name), part(5, tensor), integer(20, 4))
}

/** raw: the bytes of its values. */
export function tensor(name: string, type: number, dims: readonly number[], raw: Bytes, ...more: Bytes[]): Bytes {
  return message(...dims.map((size) => integer(1, size)), integer(2, type), part(8, name), part(9, raw), ...more)
}

/** dims: a text is a dimension of any size. */
export function value(name: string, type: number, dims: readonly (number | string)[]): Bytes {
  const shape = message(...dims.map((size) => part(1, typeof size === 'string' ? part(2, size) : integer(1, size))))
  return message(part(1, name), part(2, part(1, message(integer(1, type), part(2, shape)))))
}

export interface GraphParts {
  readonly nodes?: readonly Bytes[]
  readonly inputs?: readonly Bytes[]
  readonly outputs?: readonly Bytes[]
  readonly initializers?: readonly Bytes[]
}

export function graph({ nodes = [], inputs = [], outputs = [], initializers = [] }: GraphParts): Bytes {
  return message(
    ...nodes.map((each) => part(1, each)),
    part(2, 'made_by_hand'),
    ...initializers.map((each) => part(5, each)),
    ...inputs.map((each) => part(11, each)),
    ...outputs.map((each) => part(12, each)),
  )
}

/** The file of a graph. */
export function onnxFile(parts: GraphParts, ...more: Bytes[]): Bytes {
  const opset = (domain: string, version: number): Bytes => part(8, message(part(1, domain), integer(2, version)))
  return message(integer(1, 8), part(7, graph(parts)), opset('', 17), opset('ai.onnx.ml', 3), ...more)
}

export function int64s(...values: readonly (number | bigint)[]): Bytes {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
}

export function float32s(...values: readonly number[]): Bytes {
  return new Uint8Array(Float32Array.from(values).buffer)
}

const X = value('X', FLOAT, ['n', 1])
const Y = value('Y', FLOAT, ['n', 1])

/** Gives 2x. */
export function doubling(): Bytes {
  const two = tensor('two', FLOAT, [1], float32s(2))
  return onnxFile({ nodes: [node('Mul', ['X', 'two'], ['Y'])], inputs: [X], outputs: [Y], initializers: [two] })
}

/** Gives x, after more rounds than anybody waits for. */
export function endless(): Bytes {
  return looping([], [tensor('goes', BOOL, [], Uint8Array.of(1))])
}

/** Gives x, at once where the sum of all x is not above the limit. */
export function endlessAbove(limit: number): Bytes {
  const nodes = [
    node('ReduceSum', ['X'], ['sum'], { attributes: [integerAttribute('keepdims', 0)] }),
    node('Greater', ['sum', 'limit'], ['goes']),
  ]
  return looping(nodes, [tensor('limit', FLOAT, [], float32s(limit))])
}

/** nodes, initializers: one of them makes `goes`, whether the loop begins. */
function looping(nodes: readonly Bytes[], initializers: readonly Bytes[]): Bytes {
  const body = graph({
    nodes: [node('Identity', ['goes_on'], ['still']), node('Identity', ['v'], ['v_out'])],
    inputs: [value('round', INT64, []), value('goes_on', BOOL, []), value('v', FLOAT, ['n', 1])],
    outputs: [value('still', BOOL, []), value('v_out', FLOAT, ['n', 1])],
  })
  return onnxFile({
    nodes: [...nodes, node('Loop', ['rounds', 'goes', 'X'], ['Y'], { attributes: [graphAttribute('body', body)] })],
    inputs: [X],
    outputs: [Y],
    initializers: [tensor('rounds', INT64, [], int64s(2n ** 62n)), ...initializers],
  })
}

/** Asks for so many numbers a row, in a few bytes: by default for 8 GiB, when it is loaded, or of the rows that come. */
export function memoryBomb(when: 'loaded' | 'run', many = 2 ** 31): Bytes {
  const zero = tensorAttribute('value', tensor('', FLOAT, [1], float32s(0)))
  const size = when === 'loaded' ? node('Identity', ['many'], ['size']) : node('Mul', ['shape', 'many'], ['size'])
  return onnxFile({
    nodes: [
      node('Shape', ['X'], ['shape']),
      size,
      node('ConstantOfShape', ['size'], ['zeros'], { attributes: [zero] }),
      node('ReduceSum', ['zeros'], ['sum']),
      node('Add', ['X', 'sum'], ['Y']),
    ],
    inputs: [X],
    outputs: [Y],
    initializers: [tensor('many', INT64, [2], int64s(many, 1))],
  })
}
