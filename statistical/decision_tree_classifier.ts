import { BaseModel, DecisionTreeClassifier, text, times } from 'ml-worker/model'

/** One CART decision tree. Missing values and categories are taken as they are. */
export default class DecisionTreeClassifierModel extends BaseModel {
  readonly name = 'decision_tree_classifier'
  readonly estimator = DecisionTreeClassifier

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
