import { defaultsOf } from '../src/learning/parameters.ts'
import { ExtraTreesClassifier } from '../src/learning/trees/extra-trees-classifier.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** Trees with thresholds drawn at random. Missing values and categories are taken as they are. */
export default class ExtraTreesClassifierModel extends BaseModel {
  readonly name = 'extra_trees_classifier'

  get_default_parameters() {
    return defaultsOf(ExtraTreesClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new ExtraTreesClassifier(parameters))
  }
}
