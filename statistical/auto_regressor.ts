import { AutoRegressorModel } from 'ml-worker/model'

/** The regressor, its encoding and its parameters that are best on held-out rows, found within time_budget_seconds. */
export default class AutoRegressor extends AutoRegressorModel {
  readonly name = 'auto_regressor'
}
