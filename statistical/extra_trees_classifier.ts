import { BaseModel, ExtraTreesClassifier, text, times } from 'ml-worker/model'

/** Trees with thresholds drawn at random. Missing values and categories are taken as they are. */
export default class ExtraTreesClassifierModel extends BaseModel {
  readonly name = 'extra_trees_classifier'
  readonly estimator = ExtraTreesClassifier

  override steps() {
    return [times(), text({ width: 200 })]
  }
}
