import { defaultsOf } from '../src/learning/parameters.ts'
import { DecisionTreeClassifier } from '../src/learning/trees/decision-tree-classifier.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** One CART decision tree. Missing values and categories are taken as they are. */
export default class DecisionTreeClassifierModel extends BaseModel {
  readonly name = 'decision_tree_classifier'

  get_default_parameters() {
    return defaultsOf(DecisionTreeClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new DecisionTreeClassifier(parameters))
  }
}
