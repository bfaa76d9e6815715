import type { Matrix } from '../../src/learning/matrix.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import { MeanRegressor } from './estimators/mean-regressor.ts'

export class MeanCount extends MeanRegressor {
  readonly targetRange = { above: 0, max: 1000, areIntegers: true } as const

  override async fit(x: Matrix, y: Float64Array) {
    if (y.some((count) => !Number.isInteger(count) || count < 1 || count > 1000)) throw new TypeError('no such count')
    return super.fit(x, y)
  }
}

/** Learns how many there are, from 1 to 1,000, and has no words for anything else. */
export default class Counts extends BaseModel {
  readonly name = 'counts'
  readonly estimator = MeanCount
}
