import { Ridge } from '../../src/learning/linear/ridge.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import { impute } from '../../src/model/steps/impute.ts'
import { oneHot } from '../../src/model/steps/one-hot.ts'
import { targetEncode } from '../../src/model/steps/target-encode.ts'

/** Learns the logarithm of a price, on columns of which one is encoded by the label. */
export default class LogPrice extends BaseModel {
  readonly name = 'log_price'
  readonly estimator = Ridge
  override readonly targetTransform = 'log1p'

  override steps() {
    return [targetEncode({ columns: ['street'] }), oneHot(), impute()]
  }
}
