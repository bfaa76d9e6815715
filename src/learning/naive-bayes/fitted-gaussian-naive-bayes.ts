// What Gaussian naive Bayes has learned, and how it judges rows.
import { requireColumnCount } from '../column-count.ts'
import type { EstimatorState, FittedClassifier } from '../estimator.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import { explainTerms } from './explain-terms.ts'
import { normaliseLogs } from './normalise-logs.ts'

/** A normal distribution for every class and column: of class c and column j at c · columnCount + j. */
export interface ClassNormals {
  readonly columnCount: number
  /** A power of two by which values are multiplied before they are compared. */
  readonly scale: number
  /** One a class, summing to 1. */
  readonly priors: Float64Array
  /** Of scaled values. */
  readonly means: Float64Array
  /** Of scaled values, smoothed, above 0; 0 where the column says nothing. */
  readonly variances: Float64Array
}

export class FittedGaussianNaiveBayes implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly normals: ClassNormals
  /** 1 ÷ variance, 0 where the column says nothing. */
  private readonly precisions: Float64Array
  /** Per class: log prior − ½ Σ log 2π variance. */
  private readonly constants: Float64Array

  constructor(normals: ClassNormals) {
    const { columnCount, priors, variances } = normals
    this.normals = normals
    this.columnCount = columnCount
    this.classCount = priors.length
    this.precisions = variances.map((variance) => (variance > 0 ? 1 / variance : 0))
    this.constants = priors.map((prior, c) => {
      let sum = Math.log(prior)
      for (let k = c * columnCount; k < (c + 1) * columnCount; k++) sum -= logNormaliser(variances[k] as number)
      return sum
    })
  }

  /** Throws DataError when the rows have another number of columns. */
  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const { values, rowCount } = x
    const { classCount, columnCount, precisions, constants } = this
    const { means, scale, priors } = this.normals
    const logs = new Float64Array(rowCount * classCount)
    for (let i = 0; i < rowCount; i++) {
      const start = i * columnCount
      const at = i * classCount
      for (let c = 0, k = 0; c < classCount; c++) {
        let sum = 0
        for (let j = start; j < start + columnCount; j++, k++) {
          const off = (values[j] as number) * scale - (means[k] as number)
          sum += off * off * (precisions[k] as number)
        }
        logs[at + c] = (constants[c] as number) - 0.5 * sum
      }
      if (Number.isNaN(logs[at])) this.judgeByPresent(values, start, logs, at)
      normaliseLogs(logs, at, classCount, priors)
    }
    return logs
  }

  /** What the value of each column adds to log prior and joint log-likelihood; a missing one adds nothing. */
  explain(x: RowBlock, { classCodes }: ExplanationChoice): Explanation {
    requireColumnCount(this.columnCount, x)
    const { columnCount, precisions } = this
    const { means, variances, scale, priors } = this.normals
    const termOf = (row: number, code: number, j: number): number => {
      const k = code * columnCount + j
      const off = (x.values[row * columnCount + j] as number) * scale - (means[k] as number)
      if (Number.isNaN(off) || precisions[k] === 0) return 0
      return -logNormaliser(variances[k] as number) - 0.5 * off * off * (precisions[k] as number)
    }
    return explainTerms(x.rowCount, columnCount, priors, classCodes, termOf)
  }

  /** scikit-learn's theta_, var_ and class_prior_, classes × columns. Variances include the smoothing. */
  get learned(): { readonly theta: Float64Array; readonly variance: Float64Array; readonly prior: Float64Array } {
    const { means, variances, scale, priors } = this.normals
    return {
      theta: means.map((mean) => mean / scale),
      variance: variances.map((variance) => variance / scale / scale),
      prior: priors.slice(),
    }
  }

  toState(): EstimatorState {
    return { ...this.normals }
  }

  /** The logs of one row, by those of its columns that have a value and say something. */
  private judgeByPresent(values: Float64Array, start: number, logs: Float64Array, at: number): void {
    const { classCount, columnCount, precisions } = this
    const { means, variances, scale, priors } = this.normals
    for (let c = 0, k = 0; c < classCount; c++) {
      let log = Math.log(priors[c] as number)
      for (let j = 0; j < columnCount; j++, k++) {
        const value = values[start + j] as number
        if (Number.isNaN(value) || precisions[k] === 0) continue
        const off = value * scale - (means[k] as number)
        log -= logNormaliser(variances[k] as number) + 0.5 * off * off * (precisions[k] as number)
      }
      logs[at + c] = log
    }
  }
}

/** log √(2π variance); 0 for a column that says nothing. */
function logNormaliser(variance: number): number {
  return variance > 0 ? 0.5 * (Math.log(2 * Math.PI) + Math.log(variance)) : 0
}
