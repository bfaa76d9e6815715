import { KNeighborsClassifier } from '../src/learning/neighbors/k-neighbors-classifier.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'

/** The classes of the nearest training rows. Columns are compared as they come: scale them if their units differ. */
export default class KNeighborsClassifierModel extends BaseModel {
  readonly name = 'k_nearest_neighbors_classifier'

  get_default_parameters() {
    return defaultsOf(KNeighborsClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot(), impute()], new KNeighborsClassifier(parameters))
  }
}
