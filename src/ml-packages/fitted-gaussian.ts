// Class probabilities from one normal distribution for each class and column.
import { requireColumnCount } from '../learning/column-count.ts'
import type { EstimatorState, FittedClassifier } from '../learning/estimator.ts'
import type { RowBlock } from '../learning/matrix.ts'

export interface Gaussians {
  /** Codes of the classes that had rows, ascending; the others have probability 0. */
  readonly classes: Int32Array
  /** One per class of `classes`. */
  readonly priors: Float64Array
  /** Row-major, `classes` × columns; variances above 0. */
  readonly means: Float64Array
  readonly variances: Float64Array
}

/** Beyond it a deviation from the mean counts as this one, so that sums and quotients stay numbers. */
const FAR = 1e300

export class FittedGaussian implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly gaussians: Gaussians
  private readonly deviations: Float64Array
  /** Per class: what does not depend on the row. */
  private readonly constants: Float64Array

  constructor(gaussians: Gaussians, columnCount: number, classCount: number) {
    this.gaussians = gaussians
    this.columnCount = columnCount
    this.classCount = classCount
    this.deviations = gaussians.variances.map(Math.sqrt)
    this.constants = gaussians.priors.map((prior, c) => {
      const ofClass = gaussians.variances.subarray(c * columnCount, (c + 1) * columnCount)
      return ofClass.reduce((sum, variance) => sum - 0.5 * Math.log(2 * Math.PI * variance), Math.log(prior))
    })
  }

  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const { rowCount, values } = x
    const { classes } = this.gaussians
    const probabilities = new Float64Array(rowCount * this.classCount)
    const scores = new Float64Array(classes.length)
    for (let i = 0; i < rowCount; i++) {
      const row = values.subarray(i * this.columnCount, (i + 1) * this.columnCount)
      const most = this.score(row, scores)
      if (most === -Infinity) {
        probabilities[i * this.classCount + (classes[this.nearest(row)] as number)] = 1
        continue
      }
      let sum = 0
      for (const score of scores) sum += Math.exp(score - most)
      scores.forEach((score, c) => {
        probabilities[i * this.classCount + (classes[c] as number)] = Math.exp(score - most) / sum
      })
    }
    return probabilities
  }

  /** Writes the logarithm of prior times density of each class, and returns the greatest. */
  private score(row: Float64Array, scores: Float64Array): number {
    let most = -Infinity
    for (let c = 0; c < scores.length; c++) {
      let squares = 0
      for (let j = 0; j < row.length; j++) squares += this.distance(row, c, j) ** 2
      const score = (this.constants[c] as number) - squares / 2
      scores[c] = score
      if (score > most) most = score
    }
    return most
  }

  /** The class whose density falls off least, for a row so far out that all densities are 0. */
  private nearest(row: Float64Array): number {
    const { priors } = this.gaussians
    let scale = 1
    for (let c = 0; c < priors.length; c++) {
      for (let j = 0; j < row.length; j++) scale = Math.max(scale, Math.abs(this.distance(row, c, j)))
    }
    let best = -1
    let least = Infinity
    for (let c = 0; c < priors.length; c++) {
      let squares = 0
      for (let j = 0; j < row.length; j++) squares += (this.distance(row, c, j) / scale) ** 2
      if ((priors[c] as number) > 0 && (best < 0 || squares < least)) {
        best = c
        least = squares
      }
    }
    return best
  }

  /** In deviations from the class's mean. */
  private distance(row: Float64Array, c: number, j: number): number {
    const k = c * this.columnCount + j
    const distance = ((row[j] as number) - (this.gaussians.means[k] as number)) / (this.deviations[k] as number)
    return Math.max(-FAR, Math.min(FAR, distance))
  }

  toState(): EstimatorState {
    return { columnCount: this.columnCount, classCount: this.classCount, ...this.gaussians }
  }
}
