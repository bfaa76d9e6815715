// Histogram gradient boosting for classes.
import { classWeightParameter, weightRows } from '../class-weight.ts'
import { DataError, ParameterError } from '../errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import { choice, type ParameterValues, parameter, readParameters } from '../parameters.ts'
import { sharedParameters } from './boosting-parameters.ts'
import { fitBoosting } from './fit-boosting.ts'
import { FittedBoostingClassifier } from './fitted-boosting-classifier.ts'
import type { Loss } from './loss.ts'

/**
 * Gradient boosting of binned trees for the log loss: one tree an iteration for two classes, k for k > 2 under softmax.
 * Friedman 2001, "Greedy Function Approximation"; Ke and others 2017, "LightGBM"; the parameters, and with few distinct
 * values the trees, are those of scikit-learn's HistGradientBoostingClassifier. Time and memory: see fitBoosting.
 *
 * Missing values go where they lower the loss most; where training had none in a column, with the majority. Categories
 * are split as sets; more than max_bins of a column are pooled by their targets. Categories never seen count as missing.
 * Classes without rows (of a weight above 0) get probability 0. Throws DataError without rows or columns.
 */
export class GradientBoostingClassifier implements Classifier {
  static readonly parameters = {
    loss: parameter('log_loss', choice('log_loss')),
    ...sharedParameters,
    class_weight: classWeightParameter,
  }
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true, sparse: true }
  private readonly given: ParameterValues<typeof GradientBoostingClassifier.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(GradientBoostingClassifier.parameters, given)
  }

  async fit(
    x: Matrix,
    y: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedBoostingClassifier> {
    if (columnCountOf(x) === 0) throw new DataError('there are no columns to learn from')
    const weight = weightRows(this.given.class_weight, y, sampleWeight)
    const classCount = y.classNames.length
    const present = presentClasses(y, weight)
    if (present.length > 2 && hasConstraints(this.given.monotonic_cst)) {
      throw new ParameterError([
        { parameter: 'monotonic_cst', message: `not for more than two classes, of which there are ${present.length}` },
      ])
    }
    if (present.length === 0) throw new DataError('there are no rows (of a weight above 0) to learn from')
    if (present.length === 1) {
      context.stop.throwIfSet()
      context.report(1, 1, 'one class only')
      return FittedBoostingClassifier.ofOneClass(columnCountOf(x), classCount, present)
    }
    const places = new Int32Array(classCount)
    present.forEach((code, place) => {
      places[code] = place
    })
    const values = Float64Array.from(y.codes, (code) => places[code] as number)
    const classes = {
      codes: Int32Array.from(values),
      classNames: Array.from(present, (code) => y.classNames[code] ?? ''),
    }
    const loss: Loss = present.length === 2 ? { name: 'binary' } : { name: 'multiclass', classCount: present.length }
    const boosted = await fitBoosting(x, { values, loss, classes, lossUnit: 1 }, this.given, context, weight)
    return new FittedBoostingClassifier(boosted, classCount, present)
  }

  restore(state: EstimatorState): FittedBoostingClassifier {
    return FittedBoostingClassifier.fromState(state)
  }
}

/** Codes of the classes that have a row of a weight above 0, ascending. */
function presentClasses({ codes, classNames }: ClassTarget, weight: Float64Array | undefined): Int32Array {
  const isPresent = new Uint8Array(classNames.length)
  codes.forEach((code, i) => {
    if (weight === undefined || (weight[i] as number) > 0) isPresent[code] = 1
  })
  return Int32Array.from(isPresent.keys()).filter((code) => isPresent[code] === 1)
}

function hasConstraints(constraints: object | null): boolean {
  return constraints !== null && Object.values(constraints).some((direction) => direction !== 0)
}
