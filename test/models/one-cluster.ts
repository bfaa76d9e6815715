import { BaseModel } from '../../src/model/base-model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { OneClusterEstimator } from './estimators/one-cluster.ts'

/** Learns without labels. */
export default class OneCluster extends BaseModel {
  readonly name = 'one_cluster'
  override readonly label_names = []

  get_default_parameters() {
    return {}
  }

  create_pipeline(): Pipeline {
    return new Pipeline([], new OneClusterEstimator())
  }
}
