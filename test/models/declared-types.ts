import { BaseModel } from '../../src/model/base-model.ts'
import { text } from '../../src/model/steps/text.ts'
import { times } from '../../src/model/steps/times.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Says what some of its columns are. */
export default class DeclaredTypes extends BaseModel {
  readonly name = 'declared_types'
  readonly estimator = MajorityClassifier
  override readonly column_types = { branch: 'categorical', day: 'time', wording: 'text', amount: 'numeric' } as const

  override get_default_parameters() {
    return {}
  }

  override steps() {
    return [times(), text()]
  }
}
