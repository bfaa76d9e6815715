import { BaseModel, ComplementNaiveBayes, impute, oneHot, text, times } from 'ml-worker/model'

/** Naive Bayes of counts for classes of very different sizes. Takes no numbers below 0. */
export default class ComplementNaiveBayesModel extends BaseModel {
  readonly name = 'complement_naive_bayes'
  readonly estimator = ComplementNaiveBayes

  override steps() {
    return [times({ unit: true }), text({ weighting: 'count' }), oneHot(), impute()]
  }
}
