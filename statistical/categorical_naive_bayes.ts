import { CategoricalNaiveBayes } from '../src/learning/naive-bayes/categorical-naive-bayes.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'

/** Naive Bayes with the frequencies of categories per class. A missing value says nothing. */
export default class CategoricalNaiveBayesModel extends BaseModel {
  readonly name = 'categorical_naive_bayes'

  get_default_parameters() {
    return defaultsOf(CategoricalNaiveBayes.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([], new CategoricalNaiveBayes(parameters))
  }
}
