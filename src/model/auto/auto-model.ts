// What the two model classes of an automatic choice share.
import { defaultsOf } from '../../learning/parameters.ts'
import { BaseModel } from '../base-model.ts'
import type { ModelParameters } from '../model.ts'
import { AnyClassifier, AnyRegressor } from './any-estimator.ts'
import { autoParameters, readAutoParameters } from './auto-parameters.ts'
import { AutoPipeline } from './auto-pipeline.ts'

abstract class AutoModel extends BaseModel {
  abstract readonly kind: 'classifier' | 'regressor'

  /** The clock is no part of what is checked. */
  override readonly check_parameters = { time_budget_seconds: null, trials_max: 3 }

  override get_default_parameters(): ModelParameters {
    return defaultsOf(autoParameters[this.kind])
  }

  /** Throws ParameterError. */
  override create_pipeline(parameters: ModelParameters): AutoPipeline {
    return new AutoPipeline(this.kind, readAutoParameters(this.kind, parameters))
  }
}

/** Chooses among all classifiers; see AutoPipeline. */
export abstract class AutoClassifierModel extends AutoModel {
  readonly kind = 'classifier'
  readonly estimator = AnyClassifier
}

/** Chooses among all regressors; see AutoPipeline. */
export abstract class AutoRegressorModel extends AutoModel {
  readonly kind = 'regressor'
  readonly estimator = AnyRegressor
}
