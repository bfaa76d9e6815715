import type { EstimatorState, FittedClassifier } from '../../src/learning/estimator.ts'
import { choice, parameter, readParameters } from '../../src/learning/parameters.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { Metrics, ModelParameters } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

const parameters = { at: parameter<'fit' | 'predict'>('fit', choice('fit', 'predict')) }

class QuotingEstimator extends MajorityClassifier {
  private readonly at: 'fit' | 'predict'

  constructor(given: ModelParameters = {}) {
    super()
    this.at = readParameters(parameters, given).at
  }

  override async fit(...given: Parameters<MajorityClassifier['fit']>) {
    const [x, y] = given
    if (this.at === 'fit') throw new Error(`cannot learn ${y.classNames.join(', ')} from ${x.columns[0]?.[0]}`)
    return super.fit(...given)
  }

  override restore(state: EstimatorState): FittedClassifier {
    const fitted = super.restore(state)
    return {
      ...fitted,
      toState: () => fitted.toState(),
      predictProbabilities(block) {
        const [value] = block.values
        // Many rows it predicts: else its training would be refused.
        if (value !== 0 && block.rowCount === 1)
          throw new Error(`cannot predict ${value}`, { cause: new RangeError(`not for ${value}`) })
        return fitted.predictProbabilities(block)
      },
    }
  }
}

/** Throws errors that quote values out of the rows, when it fits or when it predicts. */
export default class Quoting extends BaseModel {
  readonly name = 'quoting'
  readonly estimator = QuotingEstimator

  override get_default_parameters(): ModelParameters {
    return { at: 'fit' }
  }

  override extract_metrics(): Metrics {
    return {}
  }
}
