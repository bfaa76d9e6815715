// What a pipeline takes and gives, as the protocol's model metadata tells it.
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import type { ColumnSchema } from '../model/schema.ts'
import type { TensorSpec } from '../model/tensor-model.ts'
import { outputTensors } from './output-tensors.ts'

/** −1 is a dimension of any length. */
export interface TensorMetadata {
  readonly name: string
  readonly datatype: string
  readonly shape: number[]
  readonly parameters?: { readonly classes: string }
}

export interface PipelineMetadata {
  readonly inputs: TensorMetadata[]
  readonly outputs: TensorMetadata[]
}

export function metadataOf(pipeline: FittedPipeline): PipelineMetadata {
  const { tensors } = pipeline
  if (tensors !== undefined)
    return { inputs: tensors.inputs.map(specMetadata), outputs: tensors.outputs.map(specMetadata) }
  return {
    inputs: pipeline.featureSchema.map((column) => ({
      name: column.name,
      datatype: inputDatatypeOf(column),
      shape: [-1],
    })),
    outputs: outputTensors(pipeline.noPredictions).map(({ name, datatype, width, classes }) => ({
      name,
      datatype,
      shape: width === undefined ? [-1] : [-1, width],
      ...(classes === undefined ? {} : { parameters: { classes } }),
    })),
  }
}

function specMetadata({ name, datatype, shape }: TensorSpec): TensorMetadata {
  return { name, datatype, shape: shape.map((size) => size ?? -1) }
}

/** The datatype that a client is told to send; others are taken as well, where they say the same. */
export function inputDatatypeOf(column: ColumnSchema): 'FP64' | 'BOOL' | 'BYTES' {
  if (column.kind === 'numeric') return 'FP64'
  if (column.kind !== 'categorical') return 'BYTES'
  const areBooleans = column.levels.length > 0 && column.levels.every((level) => typeof level === 'boolean')
  return areBooleans ? 'BOOL' : 'BYTES'
}
