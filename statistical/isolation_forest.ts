import { BaseModel, IsolationForest, oneHot, times } from 'ml-worker/model'

/** Anomalies, without labels; a prediction is {anomaly_score, is_anomaly}, a score below 0 being an anomaly. */
export default class IsolationForestModel extends BaseModel {
  readonly name = 'isolation_forest'
  readonly estimator = IsolationForest
  override readonly label_names = []

  override steps() {
    return [times(), oneHot()]
  }
}
