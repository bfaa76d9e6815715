import { BaseModel } from '../../src/model/base-model.ts'
import { MeanRegressor } from './estimators/mean-regressor.ts'

/** Takes numbers as labels, and predicts their mean. */
export default class Mean extends BaseModel {
  readonly name = 'mean'
  readonly estimator = MeanRegressor
}
