import { BaseModel, RandomForestClassifier, text, times } from 'ml-worker/model'

/** Bagged trees, class probabilities averaged. Missing values and categories are taken as they are. */
export default class RandomForestClassifierModel extends BaseModel {
  readonly name = 'random_forest_classifier'
  readonly estimator = RandomForestClassifier

  get_search_space() {
    return {
      max_features: ['sqrt', 'log2', 0.3, 0.6, 1],
      min_samples_leaf: { min: 1, max: 20, log: true, integer: true },
      max_depth: [4, 8, 16, null],
    }
  }

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
