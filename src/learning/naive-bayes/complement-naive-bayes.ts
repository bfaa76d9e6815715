// Naive Bayes of counts that judges a class by all rows that are not of it: for classes of very different sizes.
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import { flag, type ParameterValues, parameter, readParameters } from '../parameters.ts'
import { weighClasses } from '../weigh-classes.ts'
import { priorsOf, smoothingOf } from './class-priors.ts'
import { FittedTermNaiveBayes, restoreTermNaiveBayes } from './fitted-term-naive-bayes.ts'
import { sumByClass, termParameters } from './term-weights.ts'

const parameters = {
  ...termParameters,
  /** Divides the weights of each class by their sum. */
  norm: parameter(false, flag),
}
/** What an alpha of 0 is: a column that no other class has would weigh infinitely much. */
const ALPHA_LEAST = 1e-10

/**
 * Complement naive Bayes (Rennie, Shih, Teevan and Karger 2003, "Tackling the Poor Assumptions of Naive Bayes Text
 * Classifiers"), as scikit-learn's ComplementNB: it too takes priors, and uses them only where there is a single class.
 * An alpha of 0, of which scikit-learn makes infinite weights, is 1e-10. A class without rows is never the answer.
 *
 * Time and memory as for MultinomialNaiveBayes.
 */
export class ComplementNaiveBayes implements Classifier {
  static readonly parameters = parameters
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, sparse: true }
  private readonly parameters: ParameterValues<typeof parameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.parameters = readParameters(parameters, given)
  }

  /** Throws as MultinomialNaiveBayes does. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    { stop, report }: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedTermNaiveBayes> {
    stop.throwIfSet()
    const classWeights = weighClasses(y, sampleWeight)
    const priors = priorsOf(this.parameters, classWeights).map((prior, c) => (classWeights[c] === 0 ? 0 : prior))
    const logs = sumByClass(x, y, stop, sampleWeight)
    const columnCount = columnCountOf(x)
    const alpha = Math.max(smoothingOf(this.parameters), ALPHA_LEAST)
    const ofAll = new Float64Array(columnCount)
    logs.forEach((count, k) => {
      ofAll[k % columnCount] = (ofAll[k % columnCount] as number) + count
    })
    for (let from = 0; from < logs.length; from += columnCount) {
      this.toWeights(logs.subarray(from, from + columnCount), ofAll, alpha)
    }
    report(1, 1, 'classes')
    const isSeen = classWeights.map((weight) => (weight > 0 ? 1 : 0))
    const isSingle = priors.length === 1
    const biases = isSingle ? Float64Array.of(0) : isSeen.map((seen) => (seen === 1 ? 0 : -Infinity))
    return new FittedTermNaiveBayes({ priors: sharesOfSeen(priors, isSeen), biases, logs })
  }

  restore(state: EstimatorState): FittedTermNaiveBayes {
    return restoreTermNaiveBayes(state)
  }

  /** From the counts of a class to the weights of its columns. */
  private toWeights(own: Float64Array, ofAll: Float64Array, alpha: number): void {
    let sum = 0
    for (let j = 0; j < own.length; j++) {
      own[j] = Math.max(0, (ofAll[j] as number) - (own[j] as number)) + alpha
      sum += own[j] as number
    }
    let logSum = 0
    for (let j = 0; j < own.length; j++) {
      own[j] = Math.log((own[j] as number) / sum)
      logSum += own[j] as number
    }
    const factor = this.parameters.norm && logSum !== 0 ? 1 / logSum : -1
    for (let j = 0; j < own.length; j++) own[j] = (own[j] as number) * factor
  }
}

/** The priors of the classes with rows, summing to 1. */
function sharesOfSeen(priors: Float64Array, isSeen: Float64Array): Float64Array {
  const sum = priors.reduce((total, prior) => total + prior, 0)
  const seenCount = isSeen.reduce((total, seen) => total + seen, 0)
  return priors.map((prior, c) => (sum > 0 ? prior / sum : (isSeen[c] as number) / seenCount))
}
