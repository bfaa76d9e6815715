import { BaseModel, impute, KNeighborsClassifier, oneHot, targetEncode, text, times } from 'ml-worker/model'

/** The classes of the nearest training rows. Columns are compared as they come: scale them if their units differ. */
export default class KNeighborsClassifierModel extends BaseModel {
  readonly name = 'k_nearest_neighbors_classifier'
  readonly estimator = KNeighborsClassifier

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
