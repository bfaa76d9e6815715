import { BaseModel, GradientBoostingClassifier, text, times } from 'ml-worker/model'

/** Histogram gradient boosting. Missing values and categories are taken as they are. */
export default class GradientBoostingClassifierModel extends BaseModel {
  readonly name = 'gradient_boosting_classifier'
  readonly estimator = GradientBoostingClassifier

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
