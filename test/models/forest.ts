import { RandomForestClassifier } from '../../src/learning/trees/random-forest-classifier.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { oneHot } from '../../src/model/steps/one-hot.ts'

/** Draws random numbers and uses every thread that it is given. */
export default class Forest extends BaseModel {
  readonly name = 'forest'
  readonly estimator = RandomForestClassifier

  override steps() {
    return [oneHot()]
  }

  override get_default_parameters(): ModelParameters {
    return { ...super.get_default_parameters(), n_estimators: 20 }
  }
}
