import { BaseModel } from '../../src/model/base-model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { MeanRegressor } from './estimators/mean-regressor.ts'

/** Takes numbers as labels, and predicts their mean. */
export default class Mean extends BaseModel {
  readonly name = 'mean'

  get_default_parameters() {
    return {}
  }

  create_pipeline(): Pipeline {
    return new Pipeline([], new MeanRegressor())
  }
}
