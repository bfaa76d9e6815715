import { BaseModel, DecisionTreeRegressor, text, times } from 'ml-worker/model'

/** One CART regression tree. Missing values and categories are taken as they are. */
export default class DecisionTreeRegressorModel extends BaseModel {
  readonly name = 'decision_tree_regressor'
  readonly estimator = DecisionTreeRegressor

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
