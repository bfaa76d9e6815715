// Logistic regression: a sigmoid for two classes, softmax for more.
import { type ClassWeight, classWeightParameter, weightRows } from '../class-weight.ts'
import { DataError } from '../errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import { inSharedMemory, int32InSharedMemory, sharedInt32 } from '../parallel/shared-arrays.ts'
import {
  choice,
  flag,
  integer,
  none,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
} from '../parameters.ts'
import { valueCountOf } from '../sparse.ts'
import { weighClasses } from '../weigh-classes.ts'
import { columnName, requireWeight } from './column-summary.ts'
import { mergeByClass } from './equal-rows.ts'
import { meansByColumn } from './explain-lines.ts'
import { FittedLogisticRegression, restoreLogisticRegression } from './fitted-logistic-regression.ts'
import type { Minimum } from './lbfgs.ts'
import { type DesignOrigin, describeColumns, type LogisticDesign } from './logistic-design.ts'
import { FIT_LOGISTIC, fitLogistic, type LogisticFitInput } from './logistic-fit.ts'
import { factorsLength, sampleSize } from './logistic-hessian.ts'
import { runCountOf, runSizeOf, sumsLength } from './logistic-objective.ts'
import { splitSparse } from './split-sparse.ts'

const parameters = {
  /** null, like an infinite C in scikit-learn's latest release, leaves the coefficients free; C is ignored then. */
  penalty: parameter<'l2' | null>('l2', none, choice('l2')),
  /** The inverse of the penalty's strength. */
  C: parameter(1, real({ above: 0 })),
  fit_intercept: parameter(true, flag),
  class_weight: classWeightParameter,
  max_iter: parameter(100, integer({ min: 0 })),
  tol: parameter(1e-4, real({ above: 0 })),
  solver: parameter('lbfgs', choice('lbfgs')),
  /** These three are taken and ignored: nothing is drawn, and the threads are the service's. */
  random_state: randomState,
  n_jobs: parameter<number | null>(null, none, integer()),
  verbose: parameter(0, integer({ min: 0 })),
}

/** Below this many products an evaluation takes about a millisecond, and threads would only wait for each other. */
const SPREAD_FROM = 1.5e6

/**
 * Minimizes scikit-learn's objective, Σ weight · loss / Σ weight + ‖w‖² / (2 · C · Σ weight) with free intercepts, by
 * preconditioned L-BFGS on standardized columns: the scale of a column changes how fast it ends, not where, so that raw
 * columns converge too. Stops closer to the optimum than scikit-learn at the same tol (see lbfgs.ts). One class is
 * predicted with probability 1. Not to converge is no error, but a warning.
 *
 * An iteration costs O(rows · columns · classes), of sparse columns O(values other than 0 · classes): of those that are
 * given as such, and of those that are 0 and rarely 1; without dense columns equal rows count once (equal-rows.ts). Memory beside the data: one double per row for weights and half of one
 * for labels; a copy of the data when several threads share the work and it does not lie in shared memory yet;
 * 64 · 8 · classes · columns bytes for sums; 8 · classes · columns² for the preconditioner (columns ≤ 512), or
 * 12 · (classes · columns)² where that product is at most 1,000; and its sample of rows, per thread: at most the larger
 * of 250 · columns and rows / 40 of them.
 */
export class LogisticRegression implements Classifier {
  static readonly parameters = parameters
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false, sparse: true }
  private readonly values: ParameterValues<typeof parameters>

  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.values = readParameters(parameters, given)
  }

  /** Throws DataError naming a column with missing values, or with values that overflow. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedLogisticRegression> {
    const { penalty, C, fit_intercept, class_weight, max_iter, tol } = this.values
    if (x.rowCount === 0) throw new DataError('there are no rows to learn from')
    const columnCount = columnCountOf(x)
    const classCount = y.classNames.length
    const weights = weightRows(byWeight(class_weight, y, sampleWeight), y, sampleWeight)
    const { seenClasses, totals } = seenClassesOf(y, weights)
    const totalWeight = totals.reduce((a, b) => a + b, 0)
    requireWeight(totalWeight)
    if (seenClasses.length < 2) {
      const nothing = { coefficients: new Float64Array(0), intercepts: new Float64Array(0) }
      context.report(max_iter, max_iter, 'L-BFGS')
      const known = { columnCount, classCount, seenClasses }
      return new FittedLogisticRegression({ ...known, ...nothing, isConverged: true, iterations: 0 })
    }

    const strength = penalty === null ? 0 : 1 / (C * totalWeight)
    const whole = splitSparse(x)
    const ownCodes = recode(y.codes, seenClasses, classCount)
    const merged = mergeByClass(whole, ownCodes, seenClasses.length, weights)
    const { split, codes, weights: ownWeights } = merged ?? { split: whole, codes: ownCodes, weights }
    const cells = split.rowCount * (split.dense.length + 1) + valueCountOf(split.sparse)
    const work = cells * (seenClasses.length === 2 ? 1 : seenClasses.length)
    const isShared = context.team.threadCount > 1 && work >= SPREAD_FROM
    const { design, origin } = describeColumns(
      split,
      {
        codes: isShared ? int32InSharedMemory(codes) : codes,
        classCount: seenClasses.length,
        weights: isShared && ownWeights !== undefined ? inSharedMemory(ownWeights) : ownWeights,
        totalWeight,
      },
      { hasIntercept: fit_intercept, strength, isShared },
    )
    const input = poseFit(design, origin, strength, totals, { maxIterations: max_iter, tolerance: tol })
    const { team, stop } = context
    const reportEvery = Math.ceil(max_iter / 200)
    const onIteration = (iteration: number): void => {
      if (iteration % reportEvery === 0 && iteration < max_iter) context.report(iteration, max_iter, 'L-BFGS')
    }
    const [minimum] = await team.run(
      (task: LogisticFitInput, member) => fitLogistic(task, member, onIteration),
      FIT_LOGISTIC,
      input,
      stop,
      isShared ? Math.min(team.threadCount, input.bandCount) : 1,
    )
    context.report(max_iter, max_iter, 'L-BFGS')
    const { point, isConverged, iterations, gradientSize } = minimum as Minimum
    if (!isConverged) {
      const advice =
        iterations < max_iter
          ? 'rounding hides all further steps, raise tol'
          : 'raise max_iter, scale the columns, or lower C'
      const message =
        `the iterations ended after ${iterations} (max_iter is ${max_iter}) before the minimum was reached: the largest ` +
        `component of the gradient is ${gradientSize.toPrecision(2)}, tol is ${tol}; ${advice}`
      context.warn({ code: 'NOT_CONVERGED', message })
    }
    const lines = readLines(point, design, origin, columnCount)
    const means = fit_intercept ? meansByColumn(origin.features, origin.means, columnCount) : undefined
    const known = { columnCount, classCount, seenClasses, means }
    return new FittedLogisticRegression({ ...known, ...lines, isConverged, iterations })
  }

  restore(state: EstimatorState): FittedLogisticRegression {
    return restoreLogisticRegression(state)
  }
}

/** "balanced" by the weights of the classes' rows, as scikit-learn's logistic regression has it; others as they are. */
function byWeight(classWeight: ClassWeight, y: ClassTarget, sampleWeight?: Float64Array): ClassWeight {
  if (classWeight !== 'balanced') return classWeight
  const { seenClasses, totals } = seenClassesOf(y, sampleWeight)
  const total = totals.reduce((a, b) => a + b, 0)
  return Object.fromEntries(
    Array.from(seenClasses, (code, k) => [
      y.classNames[code] as string,
      total / (seenClasses.length * (totals[k] as number)),
    ]),
  )
}

/** The classes with rows of positive weight, ascending, and the weight of each. */
function seenClassesOf(y: ClassTarget, weights?: Float64Array): { seenClasses: Int32Array; totals: Float64Array } {
  const totals = weighClasses(y, weights)
  const seenClasses = Int32Array.from(totals.keys()).filter((code) => (totals[code] as number) > 0)
  return { seenClasses, totals: totals.filter((total) => total > 0) }
}

/** Codes among the seen classes, in shared memory. Rows of classes not seen weigh nothing; they get code 0. */
function recode(codes: Int32Array, seenClasses: Int32Array, classCount: number): Int32Array {
  const recoded = sharedInt32(codes.length)
  if (seenClasses.length === classCount) {
    recoded.set(codes)
    return recoded
  }
  const places = new Int32Array(classCount)
  seenClasses.forEach((code, place) => {
    places[code] = place
  })
  for (let i = 0; i < recoded.length; i++) recoded[i] = places[codes[i] as number] as number
  return recoded
}

/** The input of a fit: starts from the classes' shares when there is an intercept to hold them. */
function poseFit(
  design: LogisticDesign,
  { factors }: DesignOrigin,
  strength: number,
  totals: Float64Array,
  limits: { maxIterations: number; tolerance: number },
): LogisticFitInput {
  const runCount = runCountOf(design)
  const runSize = runSizeOf(design)
  // Adding up the sums of bands must not take longer than making them.
  const cells = design.rowCount * design.denseCount + valueCountOf(design.sparse)
  const worthMax = Math.ceil(cells / (4 * Math.max(1, design.featureCount)))
  const bandCount = Math.max(1, Math.min(32, Math.ceil(design.rowCount / 1024), worthMax))
  const sampleRows = sampleSize(design)
  const start = new Float64Array(runCount * runSize)
  if (design.hasIntercept) {
    const logs = totals.map(Math.log)
    const mean = logs.reduce((a, b) => a + b, 0) / logs.length
    for (let k = 0; k < runCount; k++) {
      start[k * runSize + runSize - 1] =
        runCount === 1 ? (logs[1] as number) - (logs[0] as number) : (logs[k] as number) - mean
    }
  }
  return {
    design,
    penalties: factors.map((factor) => (factor * Math.sqrt(strength)) ** 2),
    bandCount,
    sums: new SharedArrayBuffer(2 * 8 * bandCount * sumsLength(design)),
    sampleRows,
    factors: new SharedArrayBuffer(sampleRows === 0 ? 0 : 8 * factorsLength(design)),
    flags: new SharedArrayBuffer(1),
    start,
    maxIterations: limits.maxIterations,
    ...tolerancesOf(limits.tolerance, sampleRows > 0, design.sparse.columnCount > 0),
  }
}

/**
 * Without a preconditioner steps are shorter than the way that is left. Not so on sparse columns, each scaled by its
 * curvature: there the gradient is small long before the steps are.
 */
function tolerancesOf(tolerance: number, isPreconditioned: boolean, isSparse: boolean) {
  if (isPreconditioned) return { tolerance, stepTolerance: tolerance }
  return isSparse
    ? { tolerance, stepTolerance: 10 * tolerance }
    : { tolerance: tolerance / 10, stepTolerance: tolerance / 10 }
}

/**
 * Coefficients on the columns as they were given. Of the many equal softmax solutions the one whose lines sum to zero,
 * as in scikit-learn: a penalty asks for it, and without one, or in the intercepts, it is a choice.
 */
function readLines(
  point: Float64Array,
  design: LogisticDesign,
  { features, means, factors }: DesignOrigin,
  columnCount: number,
): { coefficients: Float64Array; intercepts: Float64Array } {
  const runCount = runCountOf(design)
  const runSize = runSizeOf(design)
  const coefficients = new Float64Array(runCount * columnCount)
  const intercepts = new Float64Array(runCount)
  for (let v = 0; v < runSize; v++) {
    let mean = 0
    for (let k = 0; runCount > 1 && k < runCount; k++) mean += (point[k * runSize + v] as number) / runCount
    for (let k = 0; k < runCount; k++) {
      const value = (point[k * runSize + v] as number) - mean
      if (v === features.length) {
        intercepts[k] = (intercepts[k] as number) + value
        continue
      }
      const column = features[v] as number
      const coefficient = value * (factors[v] as number)
      coefficients[k * columnCount + column] = coefficient
      intercepts[k] = (intercepts[k] as number) - coefficient * (means[v] as number)
      if (!Number.isFinite(coefficient) || !Number.isFinite(intercepts[k])) {
        throw new DataError(`${columnName(column)} leads to a coefficient that overflows; scale it first`)
      }
    }
  }
  return { coefficients, intercepts }
}
