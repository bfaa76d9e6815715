import { BaseModel, impute, KNeighborsRegressor, oneHot, targetEncode, text, times } from 'ml-worker/model'

/** The mean of the nearest training rows. Columns are compared as they come: scale them if their units differ. */
export default class KNeighborsRegressorModel extends BaseModel {
  readonly name = 'k_nearest_neighbors_regressor'
  readonly estimator = KNeighborsRegressor

  get_search_space() {
    return {
      n_neighbors: { min: 1, max: 50, log: true, integer: true },
      weights: ['uniform', 'distance'],
      p: [1, 2],
    }
  }

  override steps() {
    return [times({ unit: true }), text(), targetEncode(), oneHot(), impute()]
  }
}
