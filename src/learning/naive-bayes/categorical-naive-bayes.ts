// Naive Bayes with a table of probabilities for every class and column.
import { DataError, ParameterError } from '../errors.ts'
import type { Classifier, ClassTarget, EstimatorState, FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { type Matrix, requireDense } from '../matrix.ts'
import { flag, integer, listOf, none, type ParameterValues, parameter, readParameters, real } from '../parameters.ts'
import { weighClasses } from '../weigh-classes.ts'
import { tablesFromState } from './categorical-state.ts'
import { priorsOf, smoothingOf } from './class-priors.ts'
import { FittedCategoricalNaiveBayes } from './fitted-categorical-naive-bayes.ts'

const parameters = {
  /** Added to every count (Lidstone); 0 for none. */
  alpha: parameter(1, real({ min: 0 })),
  /** false: an alpha below 1e-10 is taken as 1e-10. */
  force_alpha: parameter(true, flag),
  /** false: all classes are equally likely before anything is seen. */
  fit_prior: parameter(true, flag),
  /** The probability of each class, in the order of the class codes; null: see fit_prior. */
  class_prior: parameter(null, none, listOf(real({ min: 0, max: 1 }))),
  /** Categories that a column has at least: one number for all columns, or one a column. */
  min_categories: parameter(null, none, integer({ min: 1 }), listOf(integer({ min: 1 }))),
}

const TURN_MS = 40
/** A number column with greater codes is no list of categories. */
const CODE_MAX = 65_535
/** Numbers in all tables together: 512 MiB. */
const TABLE_MAX = 2 ** 26

/**
 * Naive Bayes for categories, as scikit-learn's CategoricalNB. Columns of categories come with their codes; a column
 * of numbers must hold codes itself, integers from 0 to 65,535, and has as many categories as its greatest code says.
 *
 * Missing values, which scikit-learn refuses: a missing value is counted nowhere, and in a query its column says
 * nothing (log-likelihood 0). So it is with categories that were never seen at fitting time, also where the column
 * holds numbers: negative ones, fractions, codes beyond the greatest. A class without rows has probability 0, unless
 * class_prior gives it more.
 *
 * Fit O(rows × columns); memory 8 bytes × classes × Σ categories. A prediction is O(classes × columns) a row.
 */
export class CategoricalNaiveBayes implements Classifier {
  static readonly parameters = parameters
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true }
  private readonly parameters: ParameterValues<typeof parameters>

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.parameters = readParameters(parameters, given)
  }

  /** Throws DataError (a column that holds no codes, too many categories), ParameterError, FitStopped. */
  async fit(
    x: Matrix,
    y: ClassTarget,
    { stop, report }: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedCategoricalNaiveBayes> {
    requireDense(x, 'categorical naive Bayes')
    stop.throwIfSet()
    const classCount = y.classNames.length
    const columnCount = x.columns.length
    if (x.rowCount === 0) throw new DataError('naive Bayes needs at least one row')
    if (columnCount === 0) throw new DataError('naive Bayes needs at least one column')
    const priors = priorsOf(this.parameters, weighClasses(y, sampleWeight))
    const fewest = this.fewestCategories(columnCount)
    const categoryCounts = Uint32Array.from(x.columns, (_, j) => Math.max(countCategories(x, j), fewest(j)))
    const cells = classCount * categoryCounts.reduce((sum, count) => sum + count, 0)
    if (cells > TABLE_MAX) throw new DataError(`${cells} pairs of class and category are more than ${TABLE_MAX}`)
    const smoothing = smoothingOf(this.parameters)
    const logs = new Float64Array(cells)
    let turned = performance.now()
    for (let j = 0, at = 0; j < columnCount; j++) {
      stop.throwIfSet()
      const table = logs.subarray(at, at + classCount * (categoryCounts[j] as number))
      countPairs(x.columns[j] as Float64Array, y.codes, classCount, table, sampleWeight)
      toLogs(table, classCount, smoothing)
      at += table.length
      if (performance.now() - turned > TURN_MS) {
        report(j, columnCount, 'columns')
        await turn()
        turned = performance.now()
      }
    }
    report(columnCount, columnCount, 'columns')
    return new FittedCategoricalNaiveBayes({ categoryCounts, priors, logs })
  }

  restore(state: EstimatorState): FittedCategoricalNaiveBayes {
    return new FittedCategoricalNaiveBayes(tablesFromState(state))
  }

  private fewestCategories(columnCount: number): (column: number) => number {
    const { min_categories } = this.parameters
    if (typeof min_categories === 'number' || min_categories === null) return () => min_categories ?? 1
    if (min_categories.length === columnCount) return (column) => min_categories[column] as number
    const message = `expected one number for each of ${columnCount} columns, got ${min_categories.length}`
    throw new ParameterError([{ parameter: 'min_categories', message }])
  }
}

/** Those that the column declares, or 1 + the greatest code. 0 for a number column of which all is missing. */
function countCategories(x: Matrix, column: number): number {
  const declared = x.categoryCounts[column] as number
  if (declared > 0) return declared
  let greatest = -1
  for (const code of x.columns[column] as Float64Array) {
    if (Number.isNaN(code)) continue
    if (!Number.isInteger(code) || code < 0 || code > CODE_MAX) {
      throw new DataError(
        `column ${column + 1} holds ${code}: categorical naive Bayes takes categories, or integers from 0 to ${CODE_MAX}`,
      )
    }
    if (code > greatest) greatest = code
  }
  return greatest + 1
}

/** Adds the weight of every row to the cell of its category and class, category · classCount + class. */
function countPairs(
  column: Float64Array,
  codes: Int32Array,
  classCount: number,
  table: Float64Array,
  sampleWeight: Float64Array | undefined,
): void {
  for (let i = 0; i < codes.length; i++) {
    const category = column[i] as number
    if (Number.isNaN(category)) continue
    const cell = category * classCount + (codes[i] as number)
    table[cell] = (table[cell] as number) + (sampleWeight === undefined ? 1 : (sampleWeight[i] as number))
  }
}

/** From counts to log((count + alpha) ÷ Σ (count + alpha)) within each class; 0 where a class counts nothing. */
function toLogs(table: Float64Array, classCount: number, alpha: number): void {
  for (let c = 0; c < classCount; c++) {
    let sum = 0
    for (let k = c; k < table.length; k += classCount) sum += (table[k] as number) + alpha
    const logSum = Math.log(sum)
    for (let k = c; k < table.length; k += classCount) {
      table[k] = sum > 0 ? Math.log((table[k] as number) + alpha) - logSum : 0
    }
  }
}
