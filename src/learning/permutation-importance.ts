// How much of its score a fitted estimator owes to each column: what is lost when the column's values change places.
import { Breather } from './breather.ts'
import { requireColumnCount } from './column-count.ts'
import { DataError, ParameterError } from './errors.ts'
import type { FitContext, FittedClassifier, FittedRegressor } from './estimator.ts'
import type { RowBlock } from './matrix.ts'
import { accuracy } from './metrics/accuracy.ts'
import { countClasses } from './metrics/class-counts.ts'
import { mean, variance } from './metrics/moments.ts'
import { r2 } from './metrics/r2.ts'
import { predictRows } from './predict-rows.ts'
import { Random } from './random.ts'

export interface PermutationOptions {
  /** How often each column is shuffled: an integer of at least 1. Default 5. */
  readonly nRepeats?: number
  /** An integer from 0 to 2^32 − 1. */
  readonly seed: number
  /** One finite weight ≥ 0 per row, for the score. Absent means 1 for all. */
  readonly sampleWeight?: Float64Array
}

/** The part of a FitContext that is needed. With a team, estimators that can do so predict on its threads. */
export type PermutationContext = Pick<FitContext, 'stop' | 'report'> & Partial<Pick<FitContext, 'team'>>

export interface PermutationImportances {
  /** Of the rows as they are. */
  readonly score: number
  /** Per column, the mean of its drops. About 0 for a column that is of no use, below 0 for one that does harm. */
  readonly means: Float64Array
  /** Per column, the standard deviation of its drops, with divisor nRepeats. */
  readonly deviations: Float64Array
  /** Row-major columns × repeats: the score less what remains of it with the column shuffled. */
  readonly drops: Float64Array
}

/**
 * Permutation importance (Breiman 2001, "Random forests", section 10; Fisher, Rudin and Dominici 2019, "All models are
 * wrong, but many are useful"), as scikit-learn's permutation_importance with the estimator's own score: accuracy of a
 * classifier, r2 of a regressor. On rows that were not fitted it says what the estimator needs to generalise. Of two
 * columns that tell the same, either can stand in for the other, so that both may seem unimportant.
 *
 * fitted   any classifier or regressor
 * x        rows as they were fitted, at least one to classify and two to estimate; not written to
 * truth    one class code, or finite value, per row; a code that is none of the fitted classes is never predicted
 * context  `report` hears of the shuffles done, at most a few hundred times
 *
 * Column j in repeat r is shuffled by a generator of its own, stream r · columns + j of the seed: a result does not
 * depend on what else is asked, and more repeats go on where fewer ended.
 * Costs 1 + columns × nRepeats predictions of all rows (columns with a single value none), a copy of x, and 20 bytes a
 * row; without a team predictions are made of 1,024 rows at a time, with a look at the stop flag between.
 * Throws ParameterError for nRepeats, DataError when x, truth and weights do not fit, or the score is undefined for
 * them, and FitStopped.
 */
export async function permutationImportance(
  fitted: FittedClassifier,
  x: RowBlock,
  truth: Int32Array,
  options: PermutationOptions,
  context: PermutationContext,
): Promise<PermutationImportances>
export async function permutationImportance(
  fitted: FittedRegressor,
  x: RowBlock,
  truth: Float64Array,
  options: PermutationOptions,
  context: PermutationContext,
): Promise<PermutationImportances>
export async function permutationImportance(
  fitted: FittedClassifier | FittedRegressor,
  x: RowBlock,
  truth: Int32Array | Float64Array,
  { nRepeats = 5, seed, sampleWeight }: PermutationOptions,
  context: PermutationContext,
): Promise<PermutationImportances> {
  if (!Number.isSafeInteger(nRepeats) || nRepeats < 1) {
    throw new ParameterError([
      { parameter: 'n_repeats', message: `expected an integer of at least 1, got ${nRepeats}` },
    ])
  }
  requireColumnCount(fitted.columnCount, x)
  const { rowCount, columnCount } = x
  requireRows('truths', truth.length, rowCount)
  requireRows('weights', sampleWeight?.length ?? rowCount, rowCount)
  const breather = new Breather(context.stop)
  const scratch: RowBlock = { rowCount, columnCount, values: x.values.slice(0, rowCount * columnCount) }
  const scoreScratch = async (): Promise<number> => {
    const predicted = await predictRows(fitted, scratch, context, breather)
    return fitted.kind === 'classifier'
      ? accuracyOf(fitted.classCount, truth, predicted, sampleWeight)
      : r2(truth as Float64Array, predicted as Float64Array, sampleWeight)
  }

  const score = await scoreScratch()
  if (!Number.isFinite(score)) throw new DataError('these rows have no score: too few, without weight, or too extreme')
  const drops = new Float64Array(columnCount * nRepeats)
  const perReport = Math.ceil(drops.length / REPORTS_MAX)
  const order = new Int32Array(rowCount)
  for (let j = 0; j < columnCount; j++) {
    const isShuffled = !isConstant(x, j)
    for (let repeat = 0; repeat < nRepeats; repeat++) {
      const place = j * nRepeats + repeat
      if (isShuffled) {
        for (let i = 0; i < rowCount; i++) order[i] = i
        new Random(seed, repeat * columnCount + j).shuffle(order)
        reorderColumn(x, j, order, scratch)
        drops[place] = score - (await scoreScratch())
      }
      if ((place + 1) % perReport === 0 || place + 1 === drops.length) {
        context.report(place + 1, drops.length, 'permutation importance')
      }
    }
    if (isShuffled) restoreColumn(x, j, scratch)
  }
  return { score, ...summarise(drops, columnCount, nRepeats), drops }
}

const REPORTS_MAX = 200

function requireRows(what: string, count: number, rowCount: number): void {
  if (count !== rowCount) throw new DataError(`expected ${rowCount} ${what}, one a row, got ${count}`)
}

/** Codes that are none of the classes count as one class more. */
function accuracyOf(
  classCount: number,
  truth: Int32Array | Float64Array,
  predicted: Int32Array | Float64Array,
  sampleWeight: Float64Array | undefined,
): number {
  const trueCodes = Int32Array.from(truth, (code) => (code >= 0 && code < classCount ? code : classCount))
  return accuracy(countClasses(trueCodes, predicted as Int32Array, classCount + 1, sampleWeight))
}

/** True when no order of the column's values differs from another. */
function isConstant({ rowCount, columnCount, values }: RowBlock, j: number): boolean {
  for (let i = 1; i < rowCount; i++) if (!Object.is(values[i * columnCount + j], values[j])) return false
  return true
}

/** Row i of `into` gets the value of row order[i]. */
function reorderColumn({ columnCount, values }: RowBlock, j: number, order: Int32Array, into: RowBlock): void {
  for (let i = 0, k = j; i < order.length; i++, k += columnCount) {
    into.values[k] = values[(order[i] as number) * columnCount + j] as number
  }
}

function restoreColumn({ columnCount, values }: RowBlock, j: number, into: RowBlock): void {
  for (let k = j; k < into.values.length; k += columnCount) into.values[k] = values[k] as number
}

function summarise(drops: Float64Array, columnCount: number, nRepeats: number) {
  const means = new Float64Array(columnCount)
  const deviations = new Float64Array(columnCount)
  for (let j = 0; j < columnCount; j++) {
    const own = drops.subarray(j * nRepeats, (j + 1) * nRepeats)
    means[j] = mean(own)
    deviations[j] = Math.sqrt(variance(own))
  }
  return { means, deviations }
}
