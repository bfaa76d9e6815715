import { BaseModel, impute, Lasso, oneHot, targetEncode, text, times } from 'ml-worker/model'

/** Least squares with an L1 penalty, on the columns as they come: alpha means what it means in scikit-learn. */
export default class LassoModel extends BaseModel {
  readonly name = 'lasso_regression'
  readonly estimator = Lasso

  get_search_space() {
    return { alpha: { min: 0.0001, max: 10, log: true } }
  }

  override steps() {
    return [times({ cyclic: true, unit: true }), text(), targetEncode(), oneHot(), impute()]
  }
}
