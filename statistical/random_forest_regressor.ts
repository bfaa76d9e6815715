import { BaseModel, RandomForestRegressor, text, times } from 'ml-worker/model'

/** Bagged regression trees, averaged. Missing values and categories are taken as they are. */
export default class RandomForestRegressorModel extends BaseModel {
  readonly name = 'random_forest_regressor'
  readonly estimator = RandomForestRegressor

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
