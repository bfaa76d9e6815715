import { BaseModel } from '../../src/model/base-model.ts'
import { OneClusterEstimator } from './estimators/one-cluster.ts'

/** Learns without labels. */
export default class OneCluster extends BaseModel {
  readonly name = 'one_cluster'
  readonly estimator = OneClusterEstimator
  override readonly label_names = []
}
