import { defaultsOf } from '../../src/learning/parameters.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Takes any columns and predicts the most frequent class. */
export default class Majority extends BaseModel {
  readonly name = 'majority'

  get_default_parameters(): ModelParameters {
    return defaultsOf(MajorityClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new MajorityClassifier(parameters))
  }
}
