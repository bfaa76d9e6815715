import { BaseModel, GaussianNaiveBayes, oneHot, targetEncode, text, times } from 'ml-worker/model'

/** Naive Bayes with a normal distribution per class and column. A missing value says nothing. */
export default class GaussianNaiveBayesModel extends BaseModel {
  readonly name = 'gaussian_naive_bayes'
  readonly estimator = GaussianNaiveBayes

  override steps() {
    return [times(), text(), targetEncode(), oneHot()]
  }
}
