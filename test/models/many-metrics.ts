import { BaseModel } from '../../src/model/base-model.ts'
import type { Metrics } from '../../src/model/model.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Has many more metrics than a run keeps. */
export default class ManyMetrics extends BaseModel {
  readonly name = 'many_metrics'
  readonly estimator = MajorityClassifier

  override extract_metrics(): Metrics {
    return Object.fromEntries([['accuracy', 1], ...Array.from({ length: 360_000 }, (_, i) => [`part.${i}`, i])])
  }
}
