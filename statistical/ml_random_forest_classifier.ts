// A random forest on the package ml-random-forest.
import { ForestClassifier, isWithinSize } from 'ml-worker/ml-packages'
import { BaseModel, impute, ordinal, type Table, targetEncode, times } from 'ml-worker/model'

/**
 * Training takes O(trees × rows² × columns drawn). Measured with the default parameters: breast cancer (569 rows ×
 * 30 columns) in 6 s; 500 × 16 whose labels are mostly noise, for which trees grow deepest, in 20 s.
 */
const LIMIT = { rowsMax: 600, valuesMax: 18_000, countsCategories: false, wayOut: 'random_forest_classifier' }

/** Takes any columns: categories by their order, missing values by the median or the most frequent category. */
export default class MlRandomForestClassifier extends BaseModel {
  readonly name = 'ml_random_forest_classifier'
  readonly estimator = ForestClassifier

  override steps() {
    return [times(), targetEncode(), impute(), ordinal()]
  }

  /** Throws DataError when the rows are too many for the package. */
  override validate_features(features: Table): boolean {
    return isWithinSize(features, LIMIT)
  }
}
