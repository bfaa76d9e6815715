import { BaseModel, impute, LinearRegression, oneHot, targetEncode, text, times } from 'ml-worker/model'

/** Ordinary least squares. */
export default class LinearRegressionModel extends BaseModel {
  readonly name = 'linear_regression'
  readonly estimator = LinearRegression

  override steps() {
    return [times({ cyclic: true, unit: true }), text(), targetEncode(), oneHot(), impute()]
  }
}
