import { KMeans } from '../src/learning/cluster/k-means.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'

/** Clusters, without labels; a prediction is {cluster}. */
export default class KMeansModel extends BaseModel {
  readonly name = 'k_means'
  override readonly label_names = []

  get_default_parameters() {
    return defaultsOf(KMeans.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot(), impute()], new KMeans(parameters))
  }
}
