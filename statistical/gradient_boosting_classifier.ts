import { BaseModel, GradientBoostingClassifier, text, times } from 'ml-worker/model'

/** Histogram gradient boosting. Missing values and categories are taken as they are. */
export default class GradientBoostingClassifierModel extends BaseModel {
  readonly name = 'gradient_boosting_classifier'
  readonly estimator = GradientBoostingClassifier

  get_search_space() {
    return {
      learning_rate: { min: 0.01, max: 0.5, log: true },
      max_iter: { min: 20, max: 500, log: true, integer: true },
      max_leaf_nodes: { min: 4, max: 64, log: true, integer: true },
      min_samples_leaf: { min: 2, max: 60, log: true, integer: true },
      l2_regularization: { min: 0.000001, max: 10, log: true },
    }
  }

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
