// The smallest regressor: the mean, whatever the row.
import { StateError } from '../../../src/learning/errors.ts'
import type { EstimatorState, FittedRegressor, Regressor } from '../../../src/learning/estimator.ts'
import type { Matrix } from '../../../src/learning/matrix.ts'

export class MeanRegressor implements Regressor {
  static readonly parameters = {}
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true }

  async fit(x: Matrix, y: Float64Array): Promise<FittedRegressor> {
    return fittedMean(x.columns.length, y.reduce((sum, value) => sum + value, 0) / y.length)
  }

  restore({ columnCount, mean }: EstimatorState): FittedRegressor {
    if (typeof columnCount !== 'number' || typeof mean !== 'number') throw new StateError('expected columnCount, mean')
    return fittedMean(columnCount, mean)
  }
}

export function fittedMean(columnCount: number, mean: number): FittedRegressor {
  return {
    kind: 'regressor',
    columnCount,
    predict: ({ rowCount }) => new Float64Array(rowCount).fill(mean),
    toState: () => ({ columnCount, mean }),
  }
}
