// Gaussian naive Bayes: ml-naivebayes finds means and deviations, the scores are made here.
import { GaussianNB } from 'ml-naivebayes'
import { DataError, ParameterError, StateError } from '../learning/errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext, FittedClassifier } from '../learning/estimator.ts'
import { type Matrix, toRowBlock } from '../learning/matrix.ts'
import { listOf, none, type ParameterValues, parameter, readParameters, real } from '../learning/parameters.ts'
import { checkRows, finiteNumbersOf, shapeOf } from './check-rows.ts'
import { FittedGaussian, type Gaussians } from './fitted-gaussian.ts'

/** Stands for a variance of 0, so that scores stay numbers: the root of its square is not 0 either. */
const VARIANCE_MIN = 1e-300

/**
 * scikit-learn's GaussianNB, with the same smoothing of variances.
 * The package's own prediction reads two columns, refuses some numbers of rows, and underflows; it is not used.
 * Time and memory O(rows × columns). A fit cannot be stopped inside the package, where it is for less than a second
 * per ten million values.
 */
export class GaussianClassifier implements Classifier {
  static readonly parameters = {
    /** The probability of each class, in the order of the classes, in all 1; null: their shares of the rows. */
    priors: parameter(null, none, listOf(real({ min: 0, max: 1 }))),
    /** The share of the greatest variance of a column that is added to every variance. */
    var_smoothing: parameter(1e-9, real({ min: 0 })),
  }
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, weights: false }
  private readonly given: ParameterValues<typeof GaussianClassifier.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(GaussianClassifier.parameters, given)
    const sum = this.given.priors?.reduce((total, prior) => total + prior, 0) ?? 1
    if (Math.abs(sum - 1) > 1e-5) {
      throw new ParameterError([{ parameter: 'priors', message: `expected a sum of 1, got ${sum}` }])
    }
  }

  /**
   * x: finite numbers. Throws DataError for rows that checkRows refuses and for values whose squares overflow,
   * ParameterError when the priors are not as many as the classes.
   */
  async fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClassifier> {
    context.stop.throwIfSet()
    checkRows(x, sampleWeight)
    this.checkPriors(y)
    const gaussians = fitGaussians(x, y, this.given.var_smoothing)
    const priors = this.given.priors
    if (priors !== null) gaussians.priors.set(Array.from(gaussians.classes, (code) => priors[code] as number))
    context.stop.throwIfSet()
    context.report(1, 1, 'means and variances')
    return new FittedGaussian(gaussians, x.columns.length, y.classNames.length)
  }

  restore(state: EstimatorState): FittedClassifier {
    const { columnCount, classCount } = shapeOf(state)
    const { classes } = state
    if (!(classes instanceof Int32Array) || classes.length === 0) throw new StateError('expected classes')
    if (classes.some((code, c) => code >= classCount || code <= (c === 0 ? -1 : (classes[c - 1] as number)))) {
      throw new StateError('expected growing class codes')
    }
    const priors = finiteNumbersOf(state, 'priors', classes.length)
    const means = finiteNumbersOf(state, 'means', classes.length * columnCount)
    const variances = finiteNumbersOf(state, 'variances', classes.length * columnCount)
    if (priors.some((prior) => prior < 0) || priors.every((prior) => prior === 0)) throw new StateError('wrong priors')
    if (variances.some((variance) => variance < VARIANCE_MIN)) throw new StateError('expected positive variances')
    return new FittedGaussian({ classes, priors, means, variances }, columnCount, classCount)
  }

  private checkPriors({ codes, classNames }: ClassTarget): void {
    const { priors } = this.given
    if (priors === null) return
    const problem =
      priors.length !== classNames.length
        ? `expected one for each of the ${classNames.length} classes, got ${priors.length}`
        : codes.every((code) => priors[code] === 0)
          ? 'expected one above 0 for a class that has rows'
          : undefined
    if (problem !== undefined) throw new ParameterError([{ parameter: 'priors', message: problem }])
  }
}

function fitGaussians(x: Matrix, { codes }: ClassTarget, varSmoothing: number): Gaussians {
  // The package reads past its arrays when a code below the greatest has no rows.
  const classes = Int32Array.from(new Set(codes)).sort()
  const indexOf = new Map([...classes].map((code, c) => [code, c]))
  const columnCount = x.columns.length
  const { values } = toRowBlock(x)
  const rows = Array.from({ length: x.rowCount }, (_, i) => values.subarray(i * columnCount, (i + 1) * columnCount))
  const model = new GaussianNB()
  model.train(
    rows,
    Array.from(codes, (code) => indexOf.get(code) as number),
  )
  const counts = new Float64Array(classes.length)
  for (const code of codes) counts[indexOf.get(code) as number]!++
  const smoothing = varSmoothing * x.columns.reduce((most, column) => Math.max(most, varianceOf(column)), 0)
  const means = Float64Array.from(model.means.flat())
  const variances = Float64Array.from(
    model.calculateProbabilities.flatMap(([, ...ofColumns], c) => {
      const count = counts[c] as number
      // The package divides by n − 1, which leaves one row without a deviation; scikit-learn by n.
      return ofColumns.map(([, factor]) => (count === 1 ? 0 : (factor / -2) * ((count - 1) / count)) + smoothing)
    }),
  ).map((variance) => Math.max(variance, VARIANCE_MIN))
  if (!means.every(Number.isFinite) || !variances.every(Number.isFinite)) {
    throw new DataError('values are too large: their variances are no finite numbers')
  }
  return { classes, priors: counts.map((count) => count / codes.length), means, variances }
}

/** The population variance. O(rows). */
function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
}
