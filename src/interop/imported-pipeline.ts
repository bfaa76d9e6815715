// The pipeline of models that were trained elsewhere: it is never fitted, only brought back from an artifact.
import { DataError, StateError } from '../learning/errors.ts'
import type { EstimatorState, FittedRegressor, Regressor } from '../learning/estimator.ts'
import type { FittedPipeline } from '../model/fitted-pipeline.ts'
import { Pipeline } from '../model/pipeline.ts'
import { OnnxPipeline } from './onnx/onnx-pipeline.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { parseStoredLayout } from './onnx/stored-layout.ts'
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
    if (state['engine'] !== 'onnx') return restoreTreesPipeline(state)
    const { model, layout } = state
    if (!(model instanceof Uint8Array) || typeof layout !== 'string') throw new StateError('expected an ONNX model')
    readOnnx(model)
    return new OnnxPipeline(model, parseStoredLayout(layout))
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
