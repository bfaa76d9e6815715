// A model that was trained elsewhere: the file of LightGBM, XGBoost or ONNX that an import has checked.
import { ImportedPipeline, NOT_TRAINED } from 'ml-worker/interop'
import { BaseModel, DataError, type ModelParameters, Ridge } from 'ml-worker/model'

/** Cannot be trained. Its versions come by POST /api/projects/{project}/versions/imports. */
export default class ImportedModel extends BaseModel {
  readonly name = 'imported_model'
  /** Not used: both members that would read it are overridden. */
  readonly estimator = Ridge

  /** What the import writes of the file. */
  override get_default_parameters(): ModelParameters {
    const ofFile = { format: null, framework_version: null, objective: null, trees: null, opsets: null, takes: null }
    return { ...ofFile, sha256: null, bytes: null, tolerance: null }
  }

  override create_pipeline(): ImportedPipeline {
    return new ImportedPipeline()
  }

  override validate_features(): boolean {
    throw new DataError(NOT_TRAINED)
  }
}
