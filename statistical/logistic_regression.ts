import { LogisticRegression } from '../src/learning/linear/logistic-regression.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'
import { standardize } from '../src/model/steps/standardize.ts'

/** Softmax regression on standardized columns, as the backend that it replaces had it. */
export default class LogisticRegressionModel extends BaseModel {
  readonly name = 'logistic_regression'

  get_default_parameters() {
    return defaultsOf(LogisticRegression.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot(), impute(), standardize()], new LogisticRegression(parameters))
  }
}
