import { BaseModel } from '../../src/model/base-model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Takes any columns and predicts the most frequent class. */
export default class Majority extends BaseModel {
  readonly name = 'majority'
  readonly estimator = MajorityClassifier
}
