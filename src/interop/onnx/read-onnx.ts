// What an ONNX file says of itself, and all that stands against running it; no session is made before this has passed.
import { modelFileFault } from '../model-file-error.ts'
import { OnnxChecks } from './onnx-checks.ts'
import { type Field, fieldsOf, ProtobufError, textOf } from './protobuf-reader.ts'

/** A tensor that goes in or comes out. */
export interface OnnxValue {
  readonly name: string
  /** As ONNX Runtime names it: float32, float64, int64, int32, bool, string, …; undefined of what is no tensor. */
  readonly type: string | undefined
  /** null is a dimension that the caller decides. Undefined where the file does not say it. */
  readonly shape: readonly (number | null)[] | undefined
  /** What the file calls the dimensions that the caller decides; null of all others. Of the length of the shape. */
  readonly dimensionNames: readonly (string | null)[]
}

export interface OnnxModel {
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** "skl2onnx 1.20.0"; empty where the file does not say it. */
  readonly producer: string
  /** By domain. */
  readonly opsets: ReadonlyMap<string, number>
}

/** Fields of onnx.proto (ONNX 1.23, IR version 13). */
const MODEL = {
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  trainingInfo: 20,
  functions: 25,
} as const
const GRAPH = { initializer: 5, input: 11, output: 12 } as const
const ELEMENT_TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
}

/**
 * Throws ModelFileError with everything that is wrong: bytes that are no ONNX, operators beyond the list, data outside the
 * file, sizes that are not what is there, names that nothing makes (cycles among them), nesting and counts beyond the limits.
 * O(bytes), and no more memory than the names of one graph.
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  try {
    return read(bytes)
  } catch (error) {
    if (error instanceof ProtobufError)
      throw modelFileFault('', `it is no ONNX file: ${error.message}`, { cause: error })
    throw error
  }
}

function read(bytes: Uint8Array): OnnxModel {
  const checks = new OnnxChecks()
  let graph: Uint8Array | undefined
  let producer = ''
  const opsets = new Map<string, number>()
  for (const field of fieldsOf(bytes)) {
    if (field.number === MODEL.graph) graph = graph === undefined ? field.bytes : checks.second('graph', graph)
    else if (field.number === MODEL.producerName) producer = textOf(field)
    else if (field.number === MODEL.producerVersion) producer = `${producer} ${textOf(field)}`.trim()
    else if (field.number === MODEL.opsetImport) addOpset(field, opsets)
    else if (field.number === MODEL.functions) checks.add('', 'functions of its own are not taken: inline them')
    else if (field.number === MODEL.trainingInfo)
      checks.add('', 'it holds how it is trained further, which is not taken')
  }
  if (graph === undefined) throw modelFileFault('', 'it is no ONNX file: it has no graph')
  if (opsets.size === 0) checks.add('', 'it names no operator sets')
  checks.graph(graph)
  const initialized = new Set<string>()
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  for (const field of fieldsOf(graph)) {
    if (field.number === GRAPH.initializer) initialized.add(nameOfTensor(field.bytes))
    else if (field.number === GRAPH.input) inputs.push(onnxValueOf(field.bytes))
    else if (field.number === GRAPH.output) outputs.push(onnxValueOf(field.bytes))
  }
  checks.throwIfAny()
  // An initializer may be listed as an input that has a default.
  const asked = inputs.filter(({ name }) => !initialized.has(name))
  return { inputs: asked, outputs, producer: producer.slice(0, 100), opsets }
}

function addOpset({ bytes }: Field, opsets: Map<string, number>): void {
  let domain = ''
  let version = 0
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) domain = textOf(field)
    else if (field.number === 2) version = Number(BigInt.asIntN(64, field.value))
  }
  opsets.set(domain === '' ? 'ai.onnx' : domain, version)
}

function nameOfTensor(bytes: Uint8Array): string {
  for (const field of fieldsOf(bytes)) if (field.number === 8) return textOf(field)
  return ''
}

function onnxValueOf(bytes: Uint8Array): OnnxValue {
  let name = ''
  let type: string | undefined
  let shape: Shape | undefined
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) name = textOf(field)
    if (field.number !== 2) continue
    for (const ofType of fieldsOf(field.bytes)) {
      // tensor_type; sequences, maps, optionals and sparse tensors have other numbers.
      if (ofType.number !== 1) continue
      for (const ofTensor of fieldsOf(ofType.bytes)) {
        if (ofTensor.number === 1) type = ELEMENT_TYPES[Number(ofTensor.value)]
        else if (ofTensor.number === 2) shape = shapeOf(ofTensor.bytes)
      }
    }
  }
  return { name, type, shape: shape?.sizes, dimensionNames: shape?.names ?? [] }
}

interface Shape {
  readonly sizes: (number | null)[]
  readonly names: (string | null)[]
}

function shapeOf(bytes: Uint8Array): Shape {
  const sizes: (number | null)[] = []
  const names: (string | null)[] = []
  for (const { number, bytes: dimension } of fieldsOf(bytes)) {
    if (number !== 1) continue
    let size: number | null = null
    let name: string | null = null
    for (const field of fieldsOf(dimension)) {
      if (field.number === 2) name = textOf(field) || null
      if (field.number !== 1) continue
      const given = Number(BigInt.asIntN(64, field.value))
      size = given > 0 ? given : null
    }
    sizes.push(size)
    names.push(size === null ? name : null)
  }
  return { sizes, names }
}
