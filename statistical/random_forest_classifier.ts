import { BaseModel, RandomForestClassifier, text, times } from 'ml-worker/model'

/** Bagged trees, class probabilities averaged. Missing values and categories are taken as they are. */
export default class RandomForestClassifierModel extends BaseModel {
  readonly name = 'random_forest_classifier'
  readonly estimator = RandomForestClassifier

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
