// A random forest on the package ml-random-forest.
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { impute } from '../src/model/steps/impute.ts'
import { ordinal } from '../src/model/steps/ordinal.ts'
import type { Table } from '../src/model/table.ts'
import { isWithinSize } from './ml-packages/check-size.ts'
import { ForestClassifier } from './ml-packages/random-forest-classifier.ts'

/**
 * Training takes O(trees × rows² × columns drawn). Measured with the default parameters: breast cancer (569 rows ×
 * 30 columns) in 6 s; 500 × 16 whose labels are mostly noise, for which trees grow deepest, in 20 s.
 */
const LIMIT = { rowsMax: 600, valuesMax: 18_000, countsCategories: false, wayOut: 'random_forest_classifier' }

/** Takes any columns: categories by their order, missing values by the median or the most frequent category. */
export default class MlRandomForestClassifier extends BaseModel {
  readonly name = 'ml_random_forest_classifier'

  get_default_parameters(): ModelParameters {
    return defaultsOf(ForestClassifier.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([impute(), ordinal()], new ForestClassifier(parameters))
  }

  /** Throws DataError when the rows are too many for the package. */
  override validate_features(features: Table): boolean {
    return isWithinSize(features, LIMIT)
  }
}
