// What is held against the graphs of an ONNX file, found in one walk over its bytes. Nothing of it is built.
import { ModelFileFaults } from '../model-file-error.ts'
import { refusalOfOperator } from './operators.ts'
import { countOf, type Field, fieldsOf, integersOf, textOf } from './protobuf-reader.ts'

/** Graphs within graphs: bodies of loops and branches. */
const DEPTH_MAX = 8
const NODES_MAX = 200_000
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 } as const
const ATTRIBUTE = { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparse: 22, sparses: 23, reference: 21 } as const
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparse: 15 } as const
const TENSOR = { dims: 1, type: 2, segment: 3, strings: 6, name: 8, raw: 9, external: 13, location: 14 } as const
/** Values by the field that holds them, and the bytes of each there; 0 is a number of variable length. */
const VALUE_FIELDS: Readonly<Record<number, number>> = { 4: 4, 5: 0, 7: 0, 10: 8, 11: 0 }
/** Bytes of an element in raw_data. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  ...{ 1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16, 16: 2 },
  ...{ 17: 1, 18: 1, 19: 1, 20: 1, 21: 0.5, 22: 0.5 },
}
/** Types whose values, where they are not raw, stand in pairs of one field. */
const COMPLEX = new Set([14, 15])
const STRING = 8
const EXTERNAL = 1n

export class OnnxChecks {
  private readonly faults = new ModelFileFaults()
  private readonly refused = new Set<string>()
  private nodeCount = 0

  /** place: '' for the file as a whole. */
  add(place: string, detail: string): void {
    this.faults.add(place, detail)
  }

  /** A part that is there twice: readers differ in which of them they take. */
  second(part: string, first: Uint8Array): Uint8Array {
    this.add('', `it has more than one ${part}`)
    return first
  }

  throwIfAny(): void {
    this.faults.throwIfAny()
  }

  /** outer: names that the graphs around it have made by then. */
  graph(bytes: Uint8Array, outer: ReadonlySet<string>[] = []): void {
    if (outer.length >= DEPTH_MAX) {
      this.add('', `graphs lie more than ${DEPTH_MAX} deep in each other`)
      return
    }
    const made = new Set<string>()
    const nodes: Uint8Array[] = []
    const outputs: string[] = []
    for (const field of fieldsOf(bytes)) {
      if (field.number === GRAPH.node) nodes.push(field.bytes)
      else if (field.number === GRAPH.initializer) made.add(this.tensor(field.bytes))
      else if (field.number === GRAPH.sparse) made.add(this.sparse(field.bytes))
      else if (field.number === GRAPH.input) made.add(nameOf(field.bytes))
      else if (field.number === GRAPH.output) outputs.push(nameOf(field.bytes))
    }
    this.nodeCount += nodes.length
    if (this.nodeCount > NODES_MAX) {
      this.add('', `it has more than ${NODES_MAX} nodes`)
      return
    }
    const scopes = [...outer, made]
    for (const node of nodes) this.node(node, scopes, made)
    for (const name of outputs) this.requireMade(name, scopes, 'an output')
  }

  /** ONNX has nodes in the order in which they are computed: what is not made before a node is in a cycle, or nowhere. */
  private node(bytes: Uint8Array, scopes: ReadonlySet<string>[], made: Set<string>): void {
    let domain = ''
    let operator = ''
    let name = ''
    const inputs: string[] = []
    const outputs: string[] = []
    const attributes: Uint8Array[] = []
    for (const field of fieldsOf(bytes)) {
      if (field.number === NODE.operator) operator = textOf(field)
      else if (field.number === NODE.domain) domain = textOf(field)
      else if (field.number === NODE.name) name = textOf(field)
      else if (field.number === NODE.input) inputs.push(textOf(field))
      else if (field.number === NODE.output) outputs.push(textOf(field))
      else if (field.number === NODE.attribute) attributes.push(field.bytes)
    }
    const refusal = refusalOfOperator(domain, operator)
    if (refusal !== undefined && !this.refused.has(refusal)) {
      this.refused.add(refusal)
      this.add('', refusal)
    }
    const place = `node ${JSON.stringify((name || outputs[0] || operator).slice(0, 100))}`
    // Inputs that may be left out have an empty name.
    for (const input of inputs) if (input !== '') this.requireMade(input, scopes, place)
    for (const attribute of attributes) this.attribute(attribute, scopes, place)
    for (const output of outputs) {
      if (output === '') continue
      if (made.has(output)) this.add(place, `it makes ${shownName(output)}, which is there already`)
      made.add(output)
    }
  }

  private attribute(bytes: Uint8Array, scopes: ReadonlySet<string>[], place: string): void {
    for (const field of fieldsOf(bytes)) {
      if (field.number === ATTRIBUTE.graph || field.number === ATTRIBUTE.graphs) this.graph(field.bytes, [...scopes])
      else if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors) this.tensor(field.bytes, place)
      else if (field.number === ATTRIBUTE.sparse || field.number === ATTRIBUTE.sparses) this.sparse(field.bytes, place)
      else if (field.number === ATTRIBUTE.reference) this.add(place, 'it takes an attribute of a function')
    }
  }

  private requireMade(name: string, scopes: readonly ReadonlySet<string>[], place: string): void {
    if (scopes.some((names) => names.has(name))) return
    this.add(place, `it needs ${shownName(name)}, which nothing before it makes: a cycle, or a name that is not there`)
  }

  private sparse(bytes: Uint8Array, place?: string): string {
    let name = ''
    for (const field of fieldsOf(bytes)) {
      // Its values have its name.
      if (field.number === 1) name = this.tensor(field.bytes, place)
      else if (field.number === 2) this.tensor(field.bytes, place)
    }
    return name
  }

  /** Gives its name. */
  private tensor(bytes: Uint8Array, place?: string): string {
    let name = ''
    let type = 0
    let elements = 1
    let isExternal = false
    /** Values, wherever they stand. */
    let count: number | undefined
    let rawBytes: number | undefined
    const add = (field: Field, size: number): void => {
      count = (count ?? 0) + (size === 0 ? integerCount(field) : countOf(field, size))
    }
    for (const field of fieldsOf(bytes)) {
      const { number, value } = field
      if (number === TENSOR.dims)
        for (const size of integersOf(field)) elements *= size < 0n ? Number.NaN : Number(size)
      else if (number === TENSOR.type) type = Number(value)
      else if (number === TENSOR.name) name = textOf(field)
      else if (number === TENSOR.raw) rawBytes = field.bytes.length
      else if (number === TENSOR.strings) count = (count ?? 0) + 1
      else if (number === TENSOR.external || (number === TENSOR.location && value === EXTERNAL)) isExternal = true
      else if (number === TENSOR.segment) this.add(`tensor ${shownName(name)}`, 'it is in segments')
      else if (VALUE_FIELDS[number] !== undefined) add(field, VALUE_FIELDS[number])
    }
    const which = name === '' ? `a tensor of ${place ?? 'the graph'}` : `tensor ${shownName(name)}`
    if (isExternal) this.add(which, 'it lies outside the file: save the model with its data inside')
    else this.size(which, { type, elements, count, rawBytes })
    return name
  }

  private size(which: string, { type, elements, count, rawBytes }: TensorSize): void {
    const elementBytes = ELEMENT_BYTES[type]
    if (elementBytes === undefined && type !== STRING)
      this.add(which, `its values are of type ${type}, which is not taken`)
    else if (rawBytes !== undefined) {
      const expected = Math.ceil(elements * (elementBytes ?? Number.NaN))
      if (rawBytes !== expected || count !== undefined) {
        this.add(which, `it says that it has ${elements} values, and has ${rawBytes} bytes`)
      }
    } else {
      const perElement = COMPLEX.has(type) ? 2 : elementBytes === 0.5 ? 0.5 : 1
      if ((count ?? 0) !== Math.ceil(elements * perElement)) {
        this.add(which, `it says that it has ${elements} values, and has ${count ?? 0}`)
      }
    }
  }
}

interface TensorSize {
  readonly type: number
  readonly elements: number
  readonly count: number | undefined
  readonly rawBytes: number | undefined
}

function integerCount(field: Field): number {
  if (field.wireType !== 2) return 1
  // The last byte of each number is less than 128.
  let count = 0
  for (const byte of field.bytes) if (byte < 0x80) count += 1
  return count
}

function nameOf(bytes: Uint8Array): string {
  for (const field of fieldsOf(bytes)) if (field.number === 1) return textOf(field)
  return ''
}

function shownName(name: string): string {
  return JSON.stringify(name.slice(0, 100))
}
