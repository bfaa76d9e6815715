import { BaseModel, ExtraTreesRegressor, text, times } from 'ml-worker/model'

/** Regression trees with thresholds drawn at random. Missing values and categories are taken as they are. */
export default class ExtraTreesRegressorModel extends BaseModel {
  readonly name = 'extra_trees_regressor'
  readonly estimator = ExtraTreesRegressor

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
