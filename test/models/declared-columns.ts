import { BaseModel } from '../../src/model/base-model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Says which columns it takes. */
export default class DeclaredColumns extends BaseModel {
  readonly name = 'declared_columns'
  override readonly feature_names = ['length', 'width']
  override readonly label_names = ['species']

  get_default_parameters() {
    return {}
  }

  create_pipeline(): Pipeline {
    return new Pipeline([], new MajorityClassifier())
  }
}
