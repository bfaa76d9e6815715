import { BaseModel, impute, oneHot, Ridge, targetEncode, text, times } from 'ml-worker/model'

/** Least squares with an L2 penalty, on the columns as they come: alpha means what it means in scikit-learn. */
export default class RidgeModel extends BaseModel {
  readonly name = 'ridge_regression'
  readonly estimator = Ridge

  get_search_space() {
    return { alpha: { min: 0.001, max: 1000, log: true } }
  }

  override steps() {
    return [times({ cyclic: true, unit: true }), text(), targetEncode({ levelsMin: 201 }), oneHot(), impute()]
  }
}
