// An example to copy: the species of an iris from four measurements, with declared columns.
import { LogisticRegression } from '../src/learning/linear/logistic-regression.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { standardize } from '../src/model/steps/standardize.ts'

export default class IrisSpecies extends BaseModel {
  readonly name = 'iris_species'
  override readonly feature_names = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
  override readonly label_names = ['species']

  get_default_parameters(): ModelParameters {
    return defaultsOf(LogisticRegression.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([impute(), standardize()], new LogisticRegression(parameters))
  }
}
