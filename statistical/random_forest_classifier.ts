import { defaultsOf } from '../src/learning/parameters.ts'
import { RandomForestClassifier } from '../src/learning/trees/random-forest-classifier.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** Bagged trees, class probabilities averaged. Missing values and categories are taken as they are. */
export default class RandomForestClassifierModel extends BaseModel {
  readonly name = 'random_forest_classifier'

  get_default_parameters() {
    return defaultsOf(RandomForestClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new RandomForestClassifier(parameters))
  }
}
