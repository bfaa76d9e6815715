// A graph of ONNX in the making: constants, nodes, what goes in and what comes out.
import { createHash } from 'node:crypto'
import { ProtobufWriter } from './protobuf-writer.ts'
import { DATA_TYPES, type DataType, type Tensor, tensorProto } from './tensor.ts'

/** The name of a value in the graph. */
export type Value = string

/** A subgraph as an attribute: what is written of it. */
export interface Subgraph {
  readonly graph: ProtobufWriter
}

export type Attribute = number | string | readonly number[] | Tensor | Subgraph
export type Attributes = { readonly [name: string]: Attribute }

/** Size of an input or output: a number, or a name for what is known when it runs. */
type Dimension = number | string

interface Port {
  readonly name: Value
  readonly type: DataType
  readonly shape: readonly Dimension[]
}

/** Numbers of AttributeProto.AttributeType. */
const ATTRIBUTE = { int: 2, string: 3, tensor: 4, graph: 5, ints: 7 } as const

/** The domain of the operators for trees and labels. */
export const ML_DOMAIN = 'ai.onnx.ml'

export class GraphBuilder {
  private readonly nodes: ProtobufWriter[] = []
  private readonly initializers: ProtobufWriter[] = []
  private readonly inputs: Port[] = []
  private readonly outputs: Port[] = []
  /** Values that are there already, by what makes them: the same is made once. */
  private readonly known = new Map<string, Value>()
  private readonly taken: Set<Value>

  /** parent: the graph of which this is a part; its values may be used here. */
  constructor(parent?: GraphBuilder) {
    this.taken = parent?.taken ?? new Set()
  }

  /** A part of the graph, for an operator that runs it again and again. */
  part(): GraphBuilder {
    return new GraphBuilder(this)
  }

  /** Throws RangeError for a name that is taken: names must be given before nodes are made. */
  input(name: Value, type: DataType, shape: readonly Dimension[]): Value {
    this.inputs.push({ name: this.take(name), type, shape })
    return name
  }

  /** The value under a name of its own. Throws RangeError for one that is taken. */
  output(name: Value, value: Value, type: DataType, shape: readonly Dimension[]): void {
    this.write('Identity', [value], [this.take(name)], {}, '')
    this.outputs.push({ name, type, shape })
  }

  /** The name, with a number where something has it: features and labels may have any. */
  unusedName(wanted: string): string {
    let name = wanted
    for (let number = 2; this.taken.has(name); number++) name = `${wanted} ${number}`
    return name
  }

  constant(tensor: Tensor): Value {
    const bytes = tensorProto(tensor).finish()
    const key = `constant ${createHash('sha256').update(bytes).digest('hex')}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const name = this.fresh()
    this.initializers.push(tensorProto(tensor, name))
    this.known.set(key, name)
    return name
  }

  /** A node of one output. Inputs are values, or tensors that become constants. */
  node(operator: string, inputs: readonly (Value | Tensor)[], attributes: Attributes = {}, domain = ''): Value {
    const values = inputs.map((input) => (typeof input === 'string' ? input : this.constant(input)))
    const isPlain = Object.values(attributes).every((value) => typeof value !== 'object')
    const key = JSON.stringify(['node', operator, values, attributes])
    const known = isPlain ? this.known.get(key) : undefined
    if (known !== undefined) return known
    const name = this.fresh()
    this.write(operator, values, [name], attributes, domain)
    if (isPlain) this.known.set(key, name)
    return name
  }

  /** A node of several outputs. */
  nodeOf(operator: string, inputs: readonly (Value | Tensor)[], outputCount: number, attributes: Attributes): Value[] {
    const values = inputs.map((input) => (typeof input === 'string' ? input : this.constant(input)))
    const names = Array.from({ length: outputCount }, () => this.fresh())
    this.write(operator, values, names, attributes, '')
    return names
  }

  /** As a GraphProto. */
  finish(name: string): ProtobufWriter {
    const graph = new ProtobufWriter()
    for (const node of this.nodes) graph.message(1, node)
    graph.text(2, name)
    for (const initializer of this.initializers) graph.message(5, initializer)
    for (const port of this.inputs) graph.message(11, portProto(port))
    for (const port of this.outputs) graph.message(12, portProto(port))
    return graph
  }

  private write(
    operator: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Attributes,
    domain: string,
  ): void {
    const node = new ProtobufWriter()
    for (const input of inputs) node.text(1, input)
    for (const output of outputs) node.text(2, output)
    node.text(4, operator)
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeProto(name, value))
    if (domain !== '') node.text(7, domain)
    this.nodes.push(node)
  }

  private take(name: Value): Value {
    if (this.taken.has(name)) throw new RangeError(`the graph has a value ${name} already`)
    this.taken.add(name)
    return name
  }

  private fresh(): Value {
    for (let number = this.taken.size; ; number++) if (!this.taken.has(`_${number}`)) return this.take(`_${number}`)
  }
}

function attributeProto(name: string, value: Attribute): ProtobufWriter {
  const proto = new ProtobufWriter()
  proto.text(1, name)
  if (typeof value === 'number') {
    proto.integer(3, value)
    proto.integer(20, ATTRIBUTE.int)
  } else if (typeof value === 'string') {
    proto.text(4, value)
    proto.integer(20, ATTRIBUTE.string)
  } else if ('graph' in value) {
    proto.message(6, value.graph)
    proto.integer(20, ATTRIBUTE.graph)
  } else if ('dims' in value) {
    proto.message(5, tensorProto(value))
    proto.integer(20, ATTRIBUTE.tensor)
  } else {
    proto.integers(8, value)
    proto.integer(20, ATTRIBUTE.ints)
  }
  return proto
}

/** A ValueInfoProto of a tensor. */
function portProto({ name, type, shape }: Port): ProtobufWriter {
  const dims = new ProtobufWriter()
  for (const size of shape) {
    const dim = new ProtobufWriter()
    if (typeof size === 'number') dim.integer(1, size)
    else dim.text(2, size)
    dims.message(1, dim)
  }
  const tensor = new ProtobufWriter()
  tensor.integer(1, DATA_TYPES[type])
  tensor.message(2, dims)
  const kind = new ProtobufWriter()
  kind.message(1, tensor)
  const port = new ProtobufWriter()
  port.text(1, name)
  port.message(2, kind)
  return port
}
