// The pipeline of models that were trained elsewhere: it is never fitted, only brought back from an artifact.
import { DataError, StateError } from '../learning/errors.ts'
import type { EstimatorState, FittedRegressor, Regressor } from '../learning/estimator.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { Pipeline } from '../model/pipeline.ts'
import { OnnxPipeline } from './onnx/onnx-pipeline.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { parseOnnxLayout, parseTensorLayout } from './onnx/stored-layout.ts'
import { TENSOR_ENGINE, TensorPipeline } from './onnx/tensor-pipeline.ts'
import { restoreTreesPipeline } from './trees/restore-trees-pipeline.ts'

/** Why it cannot be trained, and how there is a version of it. */
export const NOT_TRAINED =
  'imported_model is not trained: bring the file of a model with POST /api/projects/{project}/versions/imports, or npx ml-worker import'

export class ImportedPipeline extends Pipeline {
  constructor() {
    super([], new NotFitted())
  }

  override get keepsDecisions(): boolean {
    return false
  }

  /** What predicts is told by the state: the trees, or the ONNX file, which is checked again. Throws StateError. */
  override restore(state: EstimatorState): FittedPipeline {
    const { engine, model, layout } = state
    if (engine !== 'onnx' && engine !== TENSOR_ENGINE) return restoreTreesPipeline(state)
    if (!(model instanceof Uint8Array) || typeof layout !== 'string') throw new StateError('expected an ONNX model')
    readOnnx(model)
    if (engine === TENSOR_ENGINE) return new TensorPipeline(model, parseTensorLayout(layout))
    return new OnnxPipeline(model, parseOnnxLayout(layout))
  }
}

class NotFitted implements Regressor {
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true }

  async fit(): Promise<FittedRegressor> {
    throw new DataError(NOT_TRAINED)
  }

  restore(): FittedRegressor {
    throw new StateError(NOT_TRAINED)
  }
}
