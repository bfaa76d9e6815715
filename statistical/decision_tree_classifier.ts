import { BaseModel, DecisionTreeClassifier, text, times } from 'ml-worker/model'

/** One CART decision tree. Missing values and categories are taken as they are. */
export default class DecisionTreeClassifierModel extends BaseModel {
  readonly name = 'decision_tree_classifier'
  readonly estimator = DecisionTreeClassifier

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
