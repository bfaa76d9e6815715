import { BaseModel, DecisionTreeRegressor, text, times } from 'ml-worker/model'

/** One CART regression tree. Missing values and categories are taken as they are. */
export default class DecisionTreeRegressorModel extends BaseModel {
  readonly name = 'decision_tree_regressor'
  readonly estimator = DecisionTreeRegressor

  get_search_space() {
    return {
      max_depth: [2, 3, 4, 6, 8, 12, null],
      min_samples_leaf: { min: 1, max: 50, log: true, integer: true },
    }
  }

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
