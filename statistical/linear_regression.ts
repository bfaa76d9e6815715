import { LinearRegression } from '../src/learning/linear/linear-regression.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'

/** Ordinary least squares. */
export default class LinearRegressionModel extends BaseModel {
  readonly name = 'linear_regression'

  get_default_parameters() {
    return defaultsOf(LinearRegression.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot(), impute()], new LinearRegression(parameters))
  }
}
