import { BaseModel, impute, LogisticRegression, oneHot, standardize, targetEncode, text, times } from 'ml-worker/model'

/** Softmax regression on standardized columns, as the backend that it replaces had it. */
export default class LogisticRegressionModel extends BaseModel {
  readonly name = 'logistic_regression'
  readonly estimator = LogisticRegression

  get_search_space() {
    return { C: { min: 0.001, max: 1000, log: true } }
  }

  override steps() {
    return [times({ cyclic: true }), text(), targetEncode({ levelsMin: 201 }), oneHot(), impute(), standardize()]
  }
}
