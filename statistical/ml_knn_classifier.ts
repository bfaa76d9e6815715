// k nearest neighbours on the package ml-knn.
import { isWithinSize, NeighborsClassifier } from 'ml-worker/ml-packages'
import { BaseModel, impute, oneHot, type Table, targetEncode, times } from 'ml-worker/model'

/**
 * Training ends with the metrics of the training rows, for which each looks for its neighbours among all:
 * O(rows² × columns) when there are many columns, for then the tree leaves out next to nothing. Measured on a busy
 * machine: 2,000 rows against 5,000 × 10 uniform values in 23 s, so at this limit some 20 s.
 */
const LIMIT = { rowsMax: 3000, valuesMax: 30_000, countsCategories: true, wayOut: 'k_nearest_neighbors_classifier' }

/**
 * Takes any columns, as they are scaled: categories as one column of 0 and 1 each, missing values by the median.
 */
export default class MlKnnClassifier extends BaseModel {
  readonly name = 'ml_knn_classifier'
  readonly estimator = NeighborsClassifier

  override steps() {
    return [times({ unit: true }), targetEncode(), impute(), oneHot()]
  }

  /** Throws DataError when the rows are too many for the package. */
  override validate_features(features: Table): boolean {
    return isWithinSize(features, LIMIT)
  }
}
