// What the two model classes of an automatic choice share.
import { GradientBoostingClassifier } from '../../learning/boosting/gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from '../../learning/boosting/gradient-boosting-regressor.ts'
import { defaultsOf } from '../../learning/parameters.ts'
import { BaseModel } from '../base-model.ts'
import type { ModelParameters } from '../model.ts'
import { autoParameters, readAutoParameters } from './auto-parameters.ts'
import { AutoPipeline } from './auto-pipeline.ts'

abstract class AutoModel extends BaseModel {
  abstract readonly kind: 'classifier' | 'regressor'

  override get_default_parameters(): ModelParameters {
    return defaultsOf(autoParameters[this.kind])
  }

  /** Throws ParameterError. */
  override create_pipeline(parameters: ModelParameters): AutoPipeline {
    return new AutoPipeline(this.kind, readAutoParameters(this.kind, parameters))
  }
}

/** Chooses among all classifiers; see AutoPipeline. Its `estimator` is one of them. */
export abstract class AutoClassifierModel extends AutoModel {
  readonly kind = 'classifier'
  readonly estimator = GradientBoostingClassifier
}

/** Chooses among all regressors; see AutoPipeline. Its `estimator` is one of them. */
export abstract class AutoRegressorModel extends AutoModel {
  readonly kind = 'regressor'
  readonly estimator = GradientBoostingRegressor
}
