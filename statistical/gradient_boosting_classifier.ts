import { GradientBoostingClassifier } from '../src/learning/boosting/gradient-boosting-classifier.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** Histogram gradient boosting. Missing values and categories are taken as they are. */
export default class GradientBoostingClassifierModel extends BaseModel {
  readonly name = 'gradient_boosting_classifier'

  get_default_parameters() {
    return defaultsOf(GradientBoostingClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new GradientBoostingClassifier(parameters))
  }
}
