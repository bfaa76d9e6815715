// The layout of an ONNX model as its artifact holds it.
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { StateError } from '../../learning/errors.ts'
import { RANK_MAX } from '../../tensors/limits.ts'
import { INPUT_TYPES, type OnnxLayout } from './onnx-layout.ts'
import { DATATYPE_OF_TYPE } from './protocol-datatypes.ts'
import type { TensorLayout } from './tensor-layout.ts'

const Level = Type.Union([Type.String(), Type.Number(), Type.Boolean()])
const Count = Type.Integer({ minimum: 0 })
const StoredLayout = Type.Object({
  inputs: Type.Array(
    Type.Object({
      name: Type.String(),
      type: Type.Union(INPUT_TYPES.map((type) => Type.Literal(type))),
      dims: Type.Array(Count),
      width: Count,
    }),
  ),
  features: Type.Array(
    Type.Object({ name: Type.String(), kind: Type.Union([Type.Literal('numeric'), Type.Literal('text')]) }),
  ),
  outputs: Type.Array(
    Type.Union([
      Type.Object({
        kind: Type.Literal('regressor'),
        name: Type.String(),
        values: Type.String(),
        column: Count,
        width: Count,
      }),
      Type.Object({
        kind: Type.Literal('classifier'),
        name: Type.String(),
        classes: Type.Array(Level),
        label: Type.Union([Type.String(), Type.Null()]),
        probabilities: Type.String(),
        width: Count,
      }),
    ]),
    { minItems: 1 },
  ),
  rowsMax: Type.Union([Type.Literal(1), Type.Null()]),
})

const Dimension = Type.Union([Count, Type.Null()])
const StoredTensors = Type.Array(
  Type.Object({
    name: Type.String(),
    datatype: Type.Union([...DATATYPE_OF_TYPE.values()].map((datatype) => Type.Literal(datatype))),
    shape: Type.Array(Dimension, { maxItems: RANK_MAX }),
    dimensionNames: Type.Array(Type.Union([Type.String(), Type.Null()])),
  }),
  { minItems: 1 },
)
const StoredTensorLayout = Type.Object({ inputs: StoredTensors, outputs: StoredTensors })

/** text: JSON that OnnxPipeline has written. Throws StateError of anything else. O(length). */
export function parseOnnxLayout(text: string): OnnxLayout {
  const layout = parseLayout(text)
  if (Value.Check(StoredLayout, layout)) return layout as OnnxLayout
  throw new StateError('expected the inputs, features and outputs of an ONNX model')
}

/** text: JSON that TensorPipeline has written. Throws StateError of anything else. O(length). */
export function parseTensorLayout(text: string): TensorLayout {
  const layout = parseLayout(text)
  if (Value.Check(StoredTensorLayout, layout) && [...layout.inputs, ...layout.outputs].every(isWhole)) return layout
  throw new StateError('expected the tensors that an ONNX model takes and gives')
}

function isWhole({ shape, dimensionNames }: TensorLayout['inputs'][number]): boolean {
  return dimensionNames.length === shape.length
}

function parseLayout(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new StateError(`the layout of the ONNX model is no JSON: ${(error as Error).message}`)
  }
}
