// Naive Bayes of counts: how often each word, or other thing, is in rows of a class.
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import { type ParameterValues, readParameters } from '../parameters.ts'
import { weighClasses } from '../weigh-classes.ts'
import { priorsOf, smoothingOf } from './class-priors.ts'
import { FittedTermNaiveBayes, restoreTermNaiveBayes } from './fitted-term-naive-bayes.ts'
import { sumByClass, termParameters } from './term-weights.ts'

const parameters = termParameters

/**
 * Multinomial naive Bayes (Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", 13.2), as
 * scikit-learn's MultinomialNB, including its sample weights. Columns are counts, or other amounts of at least 0, such as
 * TF-IDF. A class without rows has probability 0, unless class_prior gives it more.
 *
 * Fit and prediction O(values other than 0 × classes); memory 8 bytes × classes × columns.
 */
export class MultinomialNaiveBayes implements Classifier {
  static readonly parameters = parameters
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, sparse: true }
  private readonly parameters: ParameterValues<typeof parameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.parameters = readParameters(parameters, given)
  }

  /** Throws DataError (no rows, no columns, values below 0), ParameterError (a class_prior that does not fit), FitStopped. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    { stop, report }: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTermNaiveBayes> {
    stop.throwIfSet()
    const priors = priorsOf(this.parameters, weighClasses(y, sampleWeight))
    const logs = sumByClass(x, y, stop, sampleWeight)
    const columnCount = columnCountOf(x)
    const alpha = smoothingOf(this.parameters)
    for (let from = 0; from < logs.length; from += columnCount) {
      const own = logs.subarray(from, from + columnCount)
      const logSum = Math.log(own.reduce((sum, count) => sum + count + alpha, 0))
      // A class that counts nothing, while nothing is smoothed, tells nothing.
      for (let j = 0; j < columnCount; j++)
        own[j] = logSum > -Infinity ? Math.log((own[j] as number) + alpha) - logSum : 0
    }
    report(1, 1, 'classes')
    return new FittedTermNaiveBayes({ priors, biases: priors.map(Math.log), logs })
  }

  restore(state: EstimatorState): FittedTermNaiveBayes {
    return restoreTermNaiveBayes(state)
  }
}
