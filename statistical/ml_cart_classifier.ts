// A decision tree on the package ml-cart.
import { CartClassifier, isWithinSize } from 'ml-worker/ml-packages'
import { BaseModel, impute, ordinal, type Table, targetEncode, times } from 'ml-worker/model'

/**
 * Training takes O(rows² × columns), more with more classes. Measured: 2,000 rows × 8 columns, 2 classes, in 2.4 s;
 * 1,000 × 16, 26 classes, in 5 to 7 s; so at this limit some 5 s with 2 classes, some 25 s with 26.
 */
const LIMIT = { rowsMax: 2000, valuesMax: 32_000, countsCategories: false, wayOut: 'decision_tree_classifier' }

/** Takes any columns: categories by their order, missing values by the median or the most frequent category. */
export default class MlCartClassifier extends BaseModel {
  readonly name = 'ml_cart_classifier'
  readonly estimator = CartClassifier

  override steps() {
    return [times(), targetEncode(), impute(), ordinal()]
  }

  /** Throws DataError when the rows are too many for the package. */
  override validate_features(features: Table): boolean {
    return isWithinSize(features, LIMIT)
  }
}
