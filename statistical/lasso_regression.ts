import { Lasso } from '../src/learning/linear/lasso.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'

/** Least squares with an L1 penalty, on the columns as they come: alpha means what it means in scikit-learn. */
export default class LassoModel extends BaseModel {
  readonly name = 'lasso_regression'

  get_default_parameters() {
    return defaultsOf(Lasso.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot(), impute()], new Lasso(parameters))
  }
}
