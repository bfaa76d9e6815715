// What is measured on texts, and on a column of thousands of levels: model, steps and parameters, as in text.py.
import type { Estimator } from '../../src/learning/estimator.ts'
import {
  ComplementNaiveBayes,
  GradientBoostingClassifier,
  LinearRegression,
  LogisticRegression,
  MultinomialNaiveBayes,
  Ridge,
} from '../../src/learning/public.ts'
import { oneHot } from '../../src/model/steps/one-hot.ts'
import type { EncodingStep } from '../../src/model/steps/step.ts'
import { text } from '../../src/model/steps/text.ts'

export interface Case {
  readonly data: 'spam' | 'levels'
  steps(): readonly EncodingStep[]
  estimator(): Estimator
}

/** Words that boosting gets, of both libraries: scikit-learn's takes dense columns alone. */
const BOOSTING_WORDS = 1_000
const counts = () => [text({ weighting: 'count' })]

export const cases: { readonly [name: string]: Case } = {
  logistic_regression: { data: 'spam', steps: () => [text()], estimator: () => new LogisticRegression() },
  multinomial_naive_bayes: { data: 'spam', steps: counts, estimator: () => new MultinomialNaiveBayes() },
  complement_naive_bayes: { data: 'spam', steps: counts, estimator: () => new ComplementNaiveBayes() },
  gradient_boosting_classifier: {
    data: 'spam',
    steps: () => [text({ width: BOOSTING_WORDS })],
    estimator: () => new GradientBoostingClassifier({ random_state: 0 }),
  },
  ridge_regression: { data: 'spam', steps: () => [text()], estimator: () => new Ridge() },
  'logistic_regression, levels': { data: 'levels', steps: () => [oneHot()], estimator: () => new LogisticRegression() },
  'ridge_regression, levels': { data: 'levels', steps: () => [oneHot()], estimator: () => new Ridge() },
  'linear_regression, levels': { data: 'levels', steps: () => [oneHot()], estimator: () => new LinearRegression() },
}
