import { DataError } from '../../src/learning/errors.ts'
import { BaseModel } from '../../src/model/base-model.ts'
import type { ModelParameters } from '../../src/model/model.ts'
import { Pipeline } from '../../src/model/pipeline.ts'
import type { Table } from '../../src/model/table.ts'
import { MajorityClassifier } from './estimators/majority-classifier.ts'

/** Refuses rows with more than two columns, with three it says why; and any parameter but the default, in plain words. */
export default class Refusing extends BaseModel {
  readonly name = 'refusing'
  readonly estimator = MajorityClassifier

  override get_default_parameters(): ModelParameters {
    return { mood: 'good' }
  }

  override create_pipeline({ mood }: ModelParameters): Pipeline {
    if (mood !== 'good') throw new TypeError(`not in a ${mood} mood`)
    return new Pipeline([], new MajorityClassifier())
  }

  override validate_features(features: Table): boolean {
    if (features.columns.length === 3) throw new DataError('three columns are one too many')
    return features.columns.length <= 2
  }
}
