// The class of the models that bench:interop serves: imported trees.

import { restoreTreesPipeline } from '../../../src/interop/trees/restore-trees-pipeline.ts'
import type { EstimatorState } from '../../../src/learning/estimator.ts'
import { ImportedTreesClassifier } from '../../../src/learning/imported-trees/imported-trees-classifier.ts'
import { BaseModel } from '../../../src/model/base-model.ts'
import type { FittedPipeline } from '../../../src/model/fitted-pipeline.ts'
import { Pipeline } from '../../../src/model/pipeline.ts'

export default class ImportedTrees extends BaseModel {
  readonly name = 'imported_trees'
  readonly estimator = ImportedTreesClassifier

  override create_pipeline(): Pipeline {
    return new ImportedPipeline([], new ImportedTreesClassifier())
  }
}

class ImportedPipeline extends Pipeline {
  override restore(state: EstimatorState): FittedPipeline {
    return restoreTreesPipeline(state)
  }
}
