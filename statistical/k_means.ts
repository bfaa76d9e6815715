import { BaseModel, impute, KMeans, oneHot, times } from 'ml-worker/model'

/** Clusters, without labels; a prediction is {cluster}. */
export default class KMeansModel extends BaseModel {
  readonly name = 'k_means'
  readonly estimator = KMeans
  override readonly label_names = []

  override steps() {
    return [times({ unit: true }), oneHot(), impute()]
  }
}
