import type { RowBlock } from '../../src/learning/matrix.ts'
import { choice, parameter, readParameters } from '../../src/learning/parameters.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { Metrics, ModelParameters } from '../../src/model/model.ts'
import { fittedMean, MeanRegressor } from './estimators/mean-regressor.ts'

const FLAWS = ['none', 'predicts_nan', 'predicts_nan_later', 'refuses_state', 'forgets', 'throws_later'] as const
type Flaw = (typeof FLAWS)[number]
const parameters = { flaw: parameter<Flaw>('none', choice(...FLAWS)) }

class UnusableEstimator extends MeanRegressor {
  private readonly flaw: Flaw

  constructor(given: ModelParameters = {}) {
    super()
    this.flaw = readParameters(parameters, given).flaw
  }

  override async fit(...given: Parameters<MeanRegressor['fit']>) {
    const fitted = await super.fit(...given)
    if (this.flaw === 'predicts_nan')
      return { ...fitted, predict: (x: RowBlock) => fitted.predict(x).fill(Number.NaN, 0, 2) }
    return fitted
  }

  override restore(state: Parameters<MeanRegressor['restore']>[0]) {
    const restored = super.restore(state)
    if (this.flaw === 'refuses_state') throw new Error('no state is good enough')
    if (this.flaw === 'forgets') return fittedMean(restored.columnCount, 0)
    if (this.flaw === 'predicts_nan_later') return fittedMean(restored.columnCount, Number.NaN)
    if (this.flaw === 'throws_later') {
      return {
        ...restored,
        predict: (x: RowBlock) => {
          if (x.rowCount > 1) throw new Error('too many rows')
          return restored.predict(x)
        },
      }
    }
    return restored
  }
}

/** A model that is fitted without a fault, and cannot be used for the reason that its parameter says. */
export default class Unusable extends BaseModel {
  readonly name: string = 'unusable'
  readonly estimator = UnusableEstimator

  override get_default_parameters(): ModelParameters {
    return { flaw: 'none' }
  }

  /** Looks at no prediction, so that nobody has made them yet. */
  override extract_metrics(): Metrics {
    return { of_nothing: Number.NaN }
  }
}
