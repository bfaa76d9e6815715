import { BaseModel } from '../../src/model/base-model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Says which columns it takes. */
export default class DeclaredColumns extends BaseModel {
  readonly name = 'declared_columns'
  readonly estimator = MajorityClassifier
  override readonly feature_names = ['length', 'width']
  override readonly label_names = ['species']

  override get_default_parameters() {
    return {}
  }
}
