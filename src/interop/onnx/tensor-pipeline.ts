// A fitted pipeline of an ONNX model that takes its caller's tensors: it has no columns, and refuses rows.
import { ServiceError } from '../../errors.ts'
import type { EstimatorState } from '../../learning/estimator.ts'
import type { Predictions } from '../../model/fitted-pipeline.ts'
import type { TensorModel, TensorValues } from '../../model/tensor-model.ts'
import type { OnnxTensor } from './onnx-messages.ts'
import { DATATYPE_OF_TYPE, TYPE_OF_DATATYPE } from './protocol-datatypes.ts'
import type { TensorLayout } from './tensor-layout.ts'
import { ThreadedPipeline } from './threaded-pipeline.ts'

/** What the state of one says that it is. */
export const TENSOR_ENGINE = 'onnx_tensors'

export class TensorPipeline extends ThreadedPipeline {
  private readonly layout: TensorLayout

  /** model: bytes that readOnnx has passed; layout: of that model. Starts no thread: the first prediction does. */
  constructor(model: Uint8Array, layout: TensorLayout) {
    super(model, [], [])
    this.layout = layout
  }

  override get tensors(): TensorModel {
    const { inputs, outputs } = this.layout
    return {
      inputs,
      outputs,
      run: async (given, outputNames, { stop }) => {
        const made = await this.runModel(given.map(tensorOf), outputNames, stop)
        return made.map((tensor) => this.valuesOf(tensor))
      },
    }
  }

  /** Throws ServiceError TENSORS_EXPECTED. */
  override requireRows(): never {
    const names = this.layout.inputs.map(({ name }) => JSON.stringify(name)).join(', ')
    const detail = `the model takes tensors (${names}), not rows: send them to POST /v2/models/{model_name}/infer`
    throw new ServiceError('TENSORS_EXPECTED', detail)
  }

  override async predict(): Promise<Predictions> {
    return this.requireRows()
  }

  override toState(): EstimatorState {
    // Columns come first, as in every artifact: the log of predictions and erasures read them without the model.
    return {
      engine: TENSOR_ENGINE,
      features: [],
      outputs: [],
      model: this.model,
      layout: JSON.stringify(this.layout),
    } as EstimatorState
  }

  private valuesOf({ name, type, dims: shape, data }: OnnxTensor): TensorValues {
    const spec = this.layout.outputs.find((output) => output.name === name)
    const datatype = DATATYPE_OF_TYPE.get(type)
    const elements = shape.reduce((product, size) => product * size, 1)
    if (datatype !== undefined && datatype === spec?.datatype && data.length === elements) {
      return { name, datatype, shape, data }
    }
    const detail = `the output ${JSON.stringify(name)} is ${type} of ${data.length} elements, expected ${spec?.datatype} of ${elements}`
    throw new ServiceError('IMPORTED_MODEL_FAILED', detail)
  }
}

function tensorOf({ name, datatype, shape, data }: TensorValues): OnnxTensor {
  return { name, type: TYPE_OF_DATATYPE.get(datatype) as string, dims: shape, data }
}
