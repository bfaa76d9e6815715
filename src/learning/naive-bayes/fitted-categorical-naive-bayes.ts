// What categorical naive Bayes has learned, and how it judges rows.
import { requireColumnCount } from '../column-count.ts'
import type { EstimatorState, FittedClassifier } from '../estimator.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import { explainTerms } from './explain-terms.ts'
import { normaliseLogs } from './normalise-logs.ts'

export interface CategoryTables {
  /** Per column; 0 for a column that says nothing. */
  readonly categoryCounts: Uint32Array
  /** One a class, summing to 1. */
  readonly priors: Float64Array
  /**
   * The tables of the columns, one after the other: the log of the probability of category v in class c at
   * v · classes + c, so that all classes of one value lie together. −∞ for what never was and is not smoothed.
   */
  readonly logs: Float64Array
}

export class FittedCategoricalNaiveBayes implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly tables: CategoryTables
  private readonly logPriors: Float64Array
  /** Where the table of each column starts. */
  private readonly starts: Float64Array

  constructor(tables: CategoryTables) {
    this.tables = tables
    this.columnCount = tables.categoryCounts.length
    this.classCount = tables.priors.length
    this.logPriors = tables.priors.map(Math.log)
    this.starts = new Float64Array(this.columnCount)
    for (let j = 1; j < this.columnCount; j++) {
      const before = (tables.categoryCounts[j - 1] as number) * this.classCount
      this.starts[j] = (this.starts[j - 1] as number) + before
    }
  }

  /** Throws DataError when the rows have another number of columns. */
  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const { values, rowCount } = x
    const { classCount, columnCount, logPriors, starts } = this
    const { categoryCounts, logs, priors } = this.tables
    const sums = new Float64Array(rowCount * classCount)
    for (let i = 0; i < rowCount; i++) {
      const at = i * classCount
      for (let c = 0; c < classCount; c++) sums[at + c] = logPriors[c] as number
      for (let j = 0; j < columnCount; j++) {
        const category = values[i * columnCount + j] as number
        // False for NaN as well.
        const isKnown = category >= 0 && category < (categoryCounts[j] as number) && Number.isInteger(category)
        if (!isKnown) continue
        const start = (starts[j] as number) + category * classCount
        for (let c = 0; c < classCount; c++) sums[at + c] = (sums[at + c] as number) + (logs[start + c] as number)
      }
      normaliseLogs(sums, at, classCount, priors)
    }
    return sums
  }

  /** What the category of each column adds to log prior and joint log-likelihood; one that is not known adds nothing. */
  explain(x: RowBlock, { classCodes }: ExplanationChoice): Explanation {
    requireColumnCount(this.columnCount, x)
    const { classCount, columnCount, starts } = this
    const { categoryCounts, logs, priors } = this.tables
    const termOf = (row: number, code: number, j: number): number => {
      const category = x.values[row * columnCount + j] as number
      // False for NaN as well.
      const isKnown = category >= 0 && category < (categoryCounts[j] as number) && Number.isInteger(category)
      return isKnown ? (logs[(starts[j] as number) + category * classCount + code] as number) : 0
    }
    return explainTerms(x.rowCount, columnCount, priors, classCodes, termOf)
  }

  /** scikit-learn's feature_log_prob_ of one column: classes × categories. */
  logProbabilities(column: number): Float64Array {
    const { classCount } = this
    const count = this.tables.categoryCounts[column] as number
    const start = this.starts[column] as number
    return Float64Array.from({ length: classCount * count }, (_, k) => {
      return this.tables.logs[start + (k % count) * classCount + Math.floor(k / count)] as number
    })
  }

  toState(): EstimatorState {
    return { ...this.tables }
  }
}
