// Histogram gradient boosting for numbers.
import { DataError, ParameterError } from '../errors.ts'
import type { EstimatorState, FitContext, Regressor } from '../estimator.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import { choice, none, type ParameterValues, parameter, readParameters, real } from '../parameters.ts'
import type { TargetRange } from '../target-range.ts'
import { sharedParameters } from './boosting-parameters.ts'
import { fitBoosting } from './fit-boosting.ts'
import { FittedBoostingRegressor } from './fitted-boosting-regressor.ts'
import type { Loss } from './loss.ts'

/** Counts above this would leave the range of float32 gradients. */
const COUNT_MAX = 1e30
/** The range of exponents by which targets are scaled: all powers of two in it have an inverse. */
const EXPONENT_MAX = 1000

/**
 * Gradient boosting of binned trees: squared error, absolute error, Poisson deviance with log link, pinball loss.
 * Friedman 2001, "Greedy Function Approximation"; Ke and others 2017, "LightGBM"; the parameters, and with few distinct
 * values the trees, are those of scikit-learn's HistGradientBoostingRegressor. Time and memory: see fitBoosting.
 *
 * Missing values and categories as in GradientBoostingClassifier. For absolute_error and quantile the leaves are set to
 * medians and quantiles of what is left to explain. Throws DataError without rows or columns, and for Poisson when a
 * target is negative or all are 0; ParameterError for loss "quantile" without a quantile.
 */
export class GradientBoostingRegressor implements Regressor {
  static readonly parameters = {
    loss: parameter('squared_error', choice('squared_error', 'absolute_error', 'poisson', 'quantile')),
    /** Which quantile the loss "quantile" is to estimate; from 0 to 1. */
    quantile: parameter(null, none, real({ min: 0, max: 1 })),
    ...sharedParameters,
  }
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true, sparse: true }
  private readonly given: ParameterValues<typeof GradientBoostingRegressor.parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.given = readParameters(GradientBoostingRegressor.parameters, given)
    if (this.given.loss === 'quantile' && this.given.quantile === null) {
      throw new ParameterError([{ parameter: 'quantile', message: 'expected a number for loss "quantile", got null' }])
    }
  }

  /** Poisson learns counts, or what is like them. */
  get targetRange(): TargetRange | undefined {
    return this.given.loss === 'poisson' ? { min: 0, max: COUNT_MAX } : undefined
  }

  async fit(
    x: Matrix,
    y: Float64Array,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedBoostingRegressor> {
    if (columnCountOf(x) === 0) throw new DataError('there are no columns to learn from')
    const loss = this.loss()
    if (loss.name === 'poisson') checkCounts(y, sampleWeight)
    const exponent = loss.name === 'poisson' ? 0 : exponentOf(y)
    const unit = 2 ** exponent
    const values = y.map((value) => value / unit)
    const lossUnit = loss.name === 'squared_error' ? Math.min(unit * unit, Number.MAX_VALUE) : unit
    const boosted = await fitBoosting(x, { values, loss, lossUnit }, this.given, context, sampleWeight)
    const trees = { ...boosted.trees, values: boosted.trees.values.map((value) => value * unit) }
    const baseline = boosted.baseline.map((value) => value * unit)
    return new FittedBoostingRegressor({ ...boosted, trees, baseline }, loss.name === 'poisson')
  }

  restore(state: EstimatorState): FittedBoostingRegressor {
    return FittedBoostingRegressor.fromState(state)
  }

  private loss(): Loss {
    const { loss, quantile } = this.given
    return loss === 'quantile' ? { name: loss, quantile: quantile ?? 0.5 } : { name: loss }
  }
}

/**
 * The exponent of the power of two by which targets are divided, so that the largest is near 1: exact, and float32
 * gradients neither vanish nor overflow whatever the units.
 */
function exponentOf(y: Float64Array): number {
  const largest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (largest === 0) return 0
  return Math.min(Math.max(Math.round(Math.log2(largest)), -EXPONENT_MAX), EXPONENT_MAX)
}

function checkCounts(y: Float64Array, weight: Float64Array | undefined): void {
  let hasPositive = false
  y.forEach((value, i) => {
    if (!(value >= 0 && value <= COUNT_MAX)) {
      throw new DataError(`loss "poisson" takes targets from 0 to ${COUNT_MAX}, got ${value} in row ${i}`)
    }
    if (value > 0 && (weight === undefined || (weight[i] as number) > 0)) hasPositive = true
  })
  if (!hasPositive) throw new DataError('loss "poisson" needs a target above 0 in a row of a weight above 0')
}
