import { BaseModel, CategoricalNaiveBayes } from 'ml-worker/model'

/** Naive Bayes with the frequencies of categories per class. A missing value says nothing. */
export default class CategoricalNaiveBayesModel extends BaseModel {
  readonly name = 'categorical_naive_bayes'
  readonly estimator = CategoricalNaiveBayes
}
