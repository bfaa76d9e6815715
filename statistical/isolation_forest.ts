import { IsolationForest } from '../src/learning/anomaly/isolation-forest.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'

/** Anomalies, without labels; a prediction is {anomaly_score, is_anomaly}, a score below 0 being an anomaly. */
export default class IsolationForestModel extends BaseModel {
  readonly name = 'isolation_forest'
  override readonly label_names = []

  get_default_parameters() {
    return defaultsOf(IsolationForest.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot()], new IsolationForest(parameters))
  }
}
