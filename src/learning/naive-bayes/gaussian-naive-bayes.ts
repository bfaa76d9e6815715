// Naive Bayes with a normal distribution for every class and column.
import { DataError } from '../errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { type Matrix, requireDense } from '../matrix.ts'
import { listOf, none, type ParameterValues, parameter, readParameters, real } from '../parameters.ts'
import { powerOfTwoScale } from '../power-of-two-scale.ts'
import { weighClasses } from '../weigh-classes.ts'
import { MomentTaker, pooledMoments } from './class-moments.ts'
import { givenPriors, shares } from './class-priors.ts'
import { FittedGaussianNaiveBayes } from './fitted-gaussian-naive-bayes.ts'
import { normalsFromState } from './gaussian-state.ts'

const parameters = {
  /** The probability of each class, in the order of the class codes; null: its share of the weighted rows. */
  priors: parameter(null, none, listOf(real({ min: 0, max: 1 }))),
  /** Part of the greatest variance of a column that is added to all variances. */
  var_smoothing: parameter(1e-9, real({ min: 0 })),
}

const TURN_MS = 40
/** Values between these bounds have squares that neither overflow nor vanish. */
const EXTREME = 2 ** 300
/** Where nothing varies within a class, and nothing smooths, the density would be infinite. */
const VARIANCE_MIN = 2 ** -1022

/**
 * Gaussian naive Bayes (Duda and Hart 1973), as scikit-learn's GaussianNB, including its sample weights: they weigh
 * means, variances and priors, while the variance behind var_smoothing is that of the rows, unweighted.
 *
 * Missing values, which scikit-learn refuses: a missing value is left out of the moments, and a query is judged by
 * the columns that it has. A class without any value in a column takes the moments of all rows there; a column
 * without any value says nothing, nor does one that is constant while nothing is smoothed. A class without rows has
 * probability 0, unless priors gives it more.
 *
 * Fit O(rows × columns); memory O(classes × columns). A prediction is O(classes × columns) a row.
 */
export class GaussianNaiveBayes implements Classifier {
  static readonly parameters = parameters
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: false }
  private readonly parameters: ParameterValues<typeof parameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.parameters = readParameters(parameters, given)
  }

  /** Throws DataError (no rows, no columns), ParameterError (priors that do not fit the classes), FitStopped. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    { stop, report }: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedGaussianNaiveBayes> {
    requireDense(x, 'gaussian naive Bayes')
    stop.throwIfSet()
    const classCount = y.classNames.length
    const columnCount = x.columns.length
    if (x.rowCount === 0) throw new DataError('naive Bayes needs at least one row')
    if (columnCount === 0) throw new DataError('naive Bayes needs at least one column')
    const { priors: given, var_smoothing } = this.parameters
    const taker = new MomentTaker(y.codes, classCount, sampleWeight)
    const priors = given === null ? shares(weighClasses(y, sampleWeight)) : givenPriors(given, classCount, 'priors')
    const rowTaker = sampleWeight === undefined ? undefined : new MomentTaker(new Int32Array(x.rowCount), 1, undefined)
    const means = new Float64Array(classCount * columnCount)
    const variances = new Float64Array(classCount * columnCount)
    const pooledVariances = new Float64Array(columnCount)
    let turned = performance.now()
    /** Fills the three from values · scale. */
    const takeMoments = async (scale: number): Promise<{ greatest: number; greatestVariance: number }> => {
      let greatest = 0
      let greatestVariance = 0
      for (let j = 0; j < columnCount; j++) {
        stop.throwIfSet()
        const column = x.columns[j] as Float64Array
        const moments = taker.momentsOf(column, scale)
        const pooled = pooledMoments(moments)
        for (let c = 0, k = j; c < classCount; c++, k += columnCount) {
          const isSeen = (moments.weights[c] as number) > 0
          means[k] = isSeen ? (moments.means[c] as number) : pooled.mean
          variances[k] = isSeen ? (moments.variances[c] as number) : pooled.variance
        }
        // NaN where all is missing: no sum with it is above 0.
        pooledVariances[j] = pooled.weight > 0 ? pooled.variance : Number.NaN
        const unweighted = rowTaker === undefined ? pooled : pooledMoments(rowTaker.momentsOf(column, scale))
        greatest = Math.max(greatest, moments.greatest)
        greatestVariance = Math.max(greatestVariance, unweighted.variance)
        if (performance.now() - turned > TURN_MS) {
          report(j, columnCount, 'columns')
          await turn()
          turned = performance.now()
        }
      }
      return { greatest, greatestVariance }
    }
    const plain = await takeMoments(1)
    const scale = scaleFor(plain.greatest)
    const { greatestVariance } = scale === 1 ? plain : await takeMoments(scale)
    const smoothing = var_smoothing * greatestVariance
    for (let k = 0; k < variances.length; k++) {
      const variance = Math.min(Math.max((variances[k] as number) + smoothing, VARIANCE_MIN), Number.MAX_VALUE)
      variances[k] = (pooledVariances[k % columnCount] as number) + smoothing > 0 ? variance : 0
    }
    report(columnCount, columnCount, 'columns')
    return new FittedGaussianNaiveBayes({ columnCount, scale, priors, means, variances })
  }

  restore(state: EstimatorState): FittedGaussianNaiveBayes {
    return new FittedGaussianNaiveBayes(normalsFromState(state))
  }
}

/** A power of two by which to multiply all values; 1 but for extreme ones. The posterior does not depend on it. */
function scaleFor(greatest: number): number {
  if (greatest === 0 || (greatest < EXTREME && greatest > 1 / EXTREME)) return 1
  return powerOfTwoScale(greatest)
}
