import type { EstimatorState, FittedClassifier } from '../../src/learning/estimator.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { Metrics } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

class ExitingEstimator extends MajorityClassifier {
  override restore(state: EstimatorState): FittedClassifier {
    const fitted = super.restore(state)
    return {
      ...fitted,
      predictProbabilities(block) {
        if (block.values[0] === 13) process.exit(3)
        return fitted.predictProbabilities(block)
      },
    }
  }
}

/** Ends its thread when it is to predict a row whose first feature is 13. */
export default class ExitsInPredict extends BaseModel {
  readonly name = 'exits_in_predict'
  readonly estimator = ExitingEstimator

  override extract_metrics(): Metrics {
    return {}
  }
}
