import { BaseModel, impute, MultinomialNaiveBayes, oneHot, text, times } from 'ml-worker/model'

/** Naive Bayes of counts: how often each word and category is in rows of a class. Takes no numbers below 0. */
export default class MultinomialNaiveBayesModel extends BaseModel {
  readonly name = 'multinomial_naive_bayes'
  readonly estimator = MultinomialNaiveBayes

  override steps() {
    return [times({ unit: true }), text({ weighting: 'count' }), oneHot(), impute()]
  }
}
