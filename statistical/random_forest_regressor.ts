import { defaultsOf } from '../src/learning/parameters.ts'
import { RandomForestRegressor } from '../src/learning/trees/random-forest-regressor.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** Bagged regression trees, averaged. Missing values and categories are taken as they are. */
export default class RandomForestRegressorModel extends BaseModel {
  readonly name = 'random_forest_regressor'

  get_default_parameters() {
    return defaultsOf(RandomForestRegressor.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new RandomForestRegressor(parameters))
  }
}
