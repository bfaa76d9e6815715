import { defaultsOf } from '../../src/learning/parameters.ts'
import { RandomForestClassifier } from '../../src/learning/trees/random-forest-classifier.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { oneHot } from '../../src/model/steps/one-hot.ts'

/** Draws random numbers and uses every thread that it is given. */
export default class Forest extends BaseModel {
  readonly name = 'forest'

  get_default_parameters(): ModelParameters {
    return { ...defaultsOf(RandomForestClassifier.parameters), n_estimators: 20 }
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot()], new RandomForestClassifier(parameters))
  }
}
