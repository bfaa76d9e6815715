import { defaultsOf } from '../src/learning/parameters.ts'
import { ExtraTreesRegressor } from '../src/learning/trees/extra-trees-regressor.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** Regression trees with thresholds drawn at random. Missing values and categories are taken as they are. */
export default class ExtraTreesRegressorModel extends BaseModel {
  readonly name = 'extra_trees_regressor'

  get_default_parameters() {
    return defaultsOf(ExtraTreesRegressor.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new ExtraTreesRegressor(parameters))
  }
}
