import { BaseModel } from '../../src/model/base-model.ts'
import type { Metrics, ModelParameters } from '../../src/model/model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Has many more metrics than a run keeps. */
export default class ManyMetrics extends BaseModel {
  readonly name = 'many_metrics'

  get_default_parameters(): ModelParameters {
    return {}
  }

  create_pipeline(): Pipeline {
    return new Pipeline([], new MajorityClassifier())
  }

  override extract_metrics(): Metrics {
    return Object.fromEntries([['accuracy', 1], ...Array.from({ length: 360_000 }, (_, i) => [`part.${i}`, i])])
  }
}
