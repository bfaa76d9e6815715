import { GaussianNaiveBayes } from '../src/learning/naive-bayes/gaussian-naive-bayes.ts'
import { defaultsOf } from '../src/learning/parameters.ts'
import { BaseModel } from '../src/model/base-model.ts'
import type { ModelParameters } from '../src/model/model.ts'
import { Pipeline } from '../src/model/pipeline.ts'
import { oneHot } from '../src/model/steps/one-hot.ts'

/** Naive Bayes with a normal distribution per class and column. A missing value says nothing. */
export default class GaussianNaiveBayesModel extends BaseModel {
  readonly name = 'gaussian_naive_bayes'

  get_default_parameters() {
    return defaultsOf(GaussianNaiveBayes.parameters)
  }

  create_pipeline(parameters: ModelParameters): Pipeline {
    return new Pipeline([oneHot()], new GaussianNaiveBayes(parameters))
  }
}
