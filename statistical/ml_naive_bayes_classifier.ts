// Gaussian naive Bayes on the package ml-naivebayes.
import { GaussianClassifier, isWithinSize } from 'ml-worker/ml-packages'
import { BaseModel, impute, oneHot, type Table, targetEncode, times } from 'ml-worker/model'

/** The package copies every row. Measured on a busy machine: 500,000 rows × 10 columns in 9 s and 800 MB. */
const LIMIT = { rowsMax: 500_000, valuesMax: 5_000_000, countsCategories: true, wayOut: 'gaussian_naive_bayes' }

/** Takes any columns: categories as one column of 0 and 1 each, missing values by the median. */
export default class MlNaiveBayesClassifier extends BaseModel {
  readonly name = 'ml_naive_bayes_classifier'
  readonly estimator = GaussianClassifier

  override steps() {
    return [times(), targetEncode(), impute(), oneHot()]
  }

  /** Throws DataError when the rows are too many for the package. */
  override validate_features(features: Table): boolean {
    return isWithinSize(features, LIMIT)
  }
}
