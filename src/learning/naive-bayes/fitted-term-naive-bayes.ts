// What multinomial and complement naive Bayes have learned: for each class a line in the columns.
import { requireColumns } from '../column-count.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedClassifier, LinearTerms } from '../estimator.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import { type RowBlock, toDenseRows } from '../matrix.ts'
import { explainTerms } from './explain-terms.ts'
import { normaliseLogs } from './normalise-logs.ts'

/**
 * priors   one a class, summing to 1; 0 for a class that is never the answer
 * biases   one a class, what its score starts with; −∞ where the prior is 0
 * logs     row-major classes × columns: what one unit of a column adds to the score of the class
 */
export interface TermWeights {
  readonly priors: Float64Array
  readonly biases: Float64Array
  readonly logs: Float64Array
}

export class FittedTermNaiveBayes implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly terms: TermWeights

  constructor(terms: TermWeights) {
    this.terms = terms
    this.classCount = terms.priors.length
    this.columnCount = terms.logs.length / this.classCount
  }

  /** O(values other than 0 × classes). Throws DataError when the rows have another number of columns. */
  predictProbabilities(x: RowBlock): Float64Array {
    requireColumns(this.columnCount, x)
    const { classCount, columnCount } = this
    const { priors, biases, logs } = this.terms
    const { rowCount, columnCount: width, values, sparse } = x
    const scores = new Float64Array(rowCount * classCount)
    for (let i = 0; i < rowCount; i++) {
      const at = i * classCount
      for (let c = 0; c < classCount; c++) {
        const line = c * columnCount
        let score = biases[c] as number
        for (let j = 0, from = i * width; j < width; j++, from++) {
          const value = values[from] as number
          // What is not there says nothing, not even of a class that cannot have it.
          if (value !== 0) score += value * (logs[line + j] as number)
        }
        if (sparse !== undefined) {
          const end = sparse.starts[i + 1] as number
          for (let k = sparse.starts[i] as number; k < end; k++) {
            const value = sparse.values[k] as number
            if (value !== 0) score += value * (logs[line + width + (sparse.columns[k] as number)] as number)
          }
        }
        scores[at + c] = score
      }
      normaliseLogs(scores, at, classCount, priors)
    }
    return scores
  }

  /** What each column adds to the score of a class; a value of 0 adds nothing. */
  explain(x: RowBlock, { classCodes }: ExplanationChoice): Explanation {
    requireColumns(this.columnCount, x)
    const { columnCount } = this
    const { priors, biases, logs } = this.terms
    const { values } = toDenseRows(x, 0, x.rowCount)
    const termOf = (row: number, code: number, j: number): number => {
      const value = values[row * columnCount + j] as number
      return value === 0 ? 0 : value * (logs[code * columnCount + j] as number)
    }
    const { bases: _, ...terms } = explainTerms(x.rowCount, columnCount, priors, classCodes, termOf)
    const bases = Float64Array.from(terms.classCodes, (code) => biases[code as number] as number)
    return { ...terms, explainedAs: 'score', comparedWith: 'zeros', bases }
  }

  /** scikit-learn's feature_log_prob_ and class_log_prior_. */
  get learned(): { readonly featureLogProb: Float64Array; readonly classLogPrior: Float64Array } {
    return { featureLogProb: this.terms.logs.slice(), classLogPrior: this.terms.priors.map(Math.log) }
  }

  /** Less the mean of all classes: what tells one class from the others. None where a class cannot have a column. */
  get linearTerms(): LinearTerms | undefined {
    const { biases, logs } = this.terms
    const { classCount, columnCount } = this
    if (classCount < 2 || !logs.every(Number.isFinite) || !biases.every(Number.isFinite)) return undefined
    const coefficients = centred(logs, classCount, columnCount)
    const intercepts = centred(biases, classCount, 1)
    if (classCount > 2) return { classCodes: Array.from(biases.keys()), intercepts, coefficients }
    const twice = (value: number): number => 2 * value
    const second = coefficients.subarray(columnCount)
    return { classCodes: [1], intercepts: intercepts.subarray(1).map(twice), coefficients: second.map(twice) }
  }

  toState(): EstimatorState {
    return { ...this.terms }
  }
}

function centred(lines: Float64Array, lineCount: number, width: number): Float64Array {
  const means = new Float64Array(width)
  lines.forEach((value, k) => {
    means[k % width] = (means[k % width] as number) + value / lineCount
  })
  return lines.map((value, k) => value - (means[k % width] as number))
}

/** Throws StateError. */
export function restoreTermNaiveBayes({ priors, biases, logs }: EstimatorState): FittedTermNaiveBayes {
  require(priors instanceof Float64Array && priors.length >= 1, 'priors')
  const sum = priors.reduce((total, prior) => total + prior, 0)
  require(priors.every((prior) => prior >= 0) && Math.abs(sum - 1) < 1e-6, 'priors')
  require(biases instanceof Float64Array && biases.length === priors.length, 'biases')
  require(biases.every((bias, c) => Number.isFinite(bias) || (bias === -Infinity && priors[c] === 0)), 'biases')
  require(logs instanceof Float64Array && logs.length > 0 && logs.length % priors.length === 0, 'logs')
  require(logs.every((log) => log < Number.POSITIVE_INFINITY), 'logs')
  return new FittedTermNaiveBayes({ priors, biases, logs })
}

function require(holds: boolean, name: string): asserts holds {
  if (!holds) throw new StateError(`naive Bayes of terms: ${name} is not what was written`)
}
