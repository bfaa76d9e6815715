// A graph as a file of ONNX: a ModelProto.
import { ML_DOMAIN } from './graph-builder.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

/** The IR of onnx 1.16, the first that has TreeEnsemble. */
const IR_VERSION = 10
const OPSETS = [
  { domain: '', version: 21 },
  { domain: ML_DOMAIN, version: 5 },
] as const

export interface ModelParts {
  /** A GraphProto. */
  readonly graph: ProtobufWriter
  /** Of the model, a whole number. */
  readonly version: number
  /** Of the program that writes it. */
  readonly producerVersion: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The same parts give the same bytes. O(bytes). */
export function modelBytes({ graph, version, producerVersion, metadata }: ModelParts): Uint8Array<ArrayBuffer> {
  const model = new ProtobufWriter()
  model.integer(1, IR_VERSION)
  model.text(2, 'ml-worker')
  model.text(3, producerVersion)
  model.integer(5, version)
  model.message(7, graph)
  for (const opset of OPSETS) {
    const proto = new ProtobufWriter()
    if (opset.domain !== '') proto.text(1, opset.domain)
    proto.integer(2, opset.version)
    model.message(8, proto)
  }
  for (const [key, value] of Object.entries(metadata)) {
    const entry = new ProtobufWriter()
    entry.text(1, key)
    entry.text(2, value)
    model.message(14, entry)
  }
  return model.finish()
}
