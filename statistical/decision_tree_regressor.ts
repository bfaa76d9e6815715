import { defaultsOf } from '../src/learning/parameters.ts'
import { DecisionTreeRegressor } from '../src/learning/trees/decision-tree-regressor.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** One CART regression tree. Missing values and categories are taken as they are. */
export default class DecisionTreeRegressorModel extends BaseModel {
  readonly name = 'decision_tree_regressor'

  get_default_parameters() {
    return defaultsOf(DecisionTreeRegressor.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new DecisionTreeRegressor(parameters))
  }
}
