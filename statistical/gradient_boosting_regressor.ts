import { BaseModel, GradientBoostingRegressor, text, times } from 'ml-worker/model'

/** Histogram gradient boosting. Missing values and categories are taken as they are. */
export default class GradientBoostingRegressorModel extends BaseModel {
  readonly name = 'gradient_boosting_regressor'
  readonly estimator = GradientBoostingRegressor

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
