import type { EstimatorState, FittedClassifier } from '../../src/learning/estimator.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { Metrics } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

class SlowEstimator extends MajorityClassifier {
  override restore(state: EstimatorState): FittedClassifier {
    const fitted = super.restore(state)
    return {
      ...fitted,
      predictProbabilities(block) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
        return fitted.predictProbabilities(block)
      },
    }
  }
}

/** Takes a tenth of a second for each block of rows that it predicts. */
export default class SlowToPredict extends BaseModel {
  readonly name = 'slow_to_predict'
  readonly estimator = SlowEstimator

  override extract_metrics(): Metrics {
    return {}
  }
}
