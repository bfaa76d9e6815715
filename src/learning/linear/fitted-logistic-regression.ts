// What a logistic regression comes to: scores that are lines in the columns, and probabilities from them.
import { requireColumns } from '../column-count.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedClassifier, LinearTerms } from '../estimator.ts'
import { exp } from '../exp.ts'
import { type Explanation, type ExplanationChoice, ofTwoClasses } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { SparseRows } from '../sparse.ts'
import { explainLines, requireMeans } from './explain-lines.ts'

export interface LogisticFit {
  readonly columnCount: number
  readonly classCount: number
  /** The codes of the classes that were seen, ascending. Others have probability 0. */
  readonly seenClasses: Int32Array
  /** Row-major, runs × columnCount: no run for one seen class, one (of the second class) for two, else one a class. */
  readonly coefficients: Float64Array
  /** One a run. */
  readonly intercepts: Float64Array
  /** Of the training rows, by their weights; undefined without an intercept, and where it was not kept. */
  readonly means?: Float64Array | undefined
  readonly isConverged: boolean
  readonly iterations: number
}

export class FittedLogisticRegression implements FittedClassifier, LogisticFit {
  readonly kind = 'classifier'
  readonly hasLogOdds = true
  readonly columnCount: number
  readonly classCount: number
  readonly seenClasses: Int32Array
  readonly coefficients: Float64Array
  readonly intercepts: Float64Array
  readonly means: Float64Array | undefined
  readonly isConverged: boolean
  readonly iterations: number

  constructor(fit: LogisticFit) {
    this.columnCount = fit.columnCount
    this.classCount = fit.classCount
    this.seenClasses = fit.seenClasses
    this.coefficients = fit.coefficients
    this.intercepts = fit.intercepts
    this.means = fit.means
    this.isConverged = fit.isConverged
    this.iterations = fit.iterations
  }

  /** O(rows × columns × runs), of sparse columns O(values × runs). */
  predictProbabilities(x: RowBlock): Float64Array {
    requireColumns(this.columnCount, x)
    const { classCount, seenClasses, coefficients, intercepts } = this
    const d = this.columnCount
    const runCount = intercepts.length
    const probabilities = new Float64Array(x.rowCount * classCount)
    if (runCount === 1) {
      writeOfTwo(this, x, probabilities)
      return probabilities
    }
    const scores = new Float64Array(seenClasses.length)
    for (let i = 0; i < x.rowCount; i++) {
      scoreRuns(coefficients, intercepts, x.values, i * x.columnCount, x.columnCount, d, scores)
      if (x.sparse !== undefined) addSparseScores(coefficients, runCount, x.sparse, i, d, scores)
      toProbabilities(scores)
      for (let k = 0; k < scores.length; k++) {
        probabilities[i * classCount + (seenClasses[k] as number)] = scores[k] as number
      }
    }
    return probabilities
  }

  get linearTerms(): LinearTerms {
    const { seenClasses, intercepts, coefficients } = this
    const scored = intercepts.length === seenClasses.length ? seenClasses : seenClasses.subarray(1)
    return { classCodes: [...scored.subarray(0, intercepts.length)], intercepts, coefficients }
  }

  /** The log-odds of each of two classes, or the score of each of more. */
  explain(x: RowBlock, { classCodes }: ExplanationChoice): Explanation {
    requireColumns(this.columnCount, x)
    const { seenClasses, means } = this
    const asked = classCodes ?? Array.from({ length: this.classCount }, (_, code) => code)
    if (seenClasses.length === 2) {
      const [first, second] = seenClasses as unknown as [number, number]
      const { comparedWith, bases, contributions } = explainLines(x, this, means, [0])
      const ofSecond = { base: bases[0] as number, contributions }
      const lines = ofTwoClasses(ofSecond, [first, second], 0, x.rowCount, asked)
      return { explainedAs: 'log_odds', link: 'logit', comparedWith, ...lines }
    }
    // Of one class alone there is no line.
    const known = asked.filter((code) => seenClasses.length > 2 && seenClasses.includes(code))
    const places = known.map((code) => seenClasses.indexOf(code))
    return { explainedAs: 'score', link: 'softmax', classCodes: known, ...explainLines(x, this, means, places) }
  }

  toState(): EstimatorState {
    const { columnCount, classCount, seenClasses, coefficients, intercepts, means, isConverged, iterations } = this
    // One byte a class, not a number of classes: an array cannot claim more than it holds.
    const isSeen = new Uint8Array(classCount)
    for (const code of seenClasses) isSeen[code] = 1
    const state = { columnCount, isSeen, coefficients, intercepts, isConverged, iterations }
    return means === undefined ? state : { ...state, means }
  }
}

/** Writes the probabilities of two seen classes, the score being the logarithm of the odds of the second. */
function writeOfTwo(
  { columnCount: d, classCount, seenClasses, coefficients, intercepts }: LogisticFit,
  { rowCount, columnCount: width, values, sparse }: RowBlock,
  probabilities: Float64Array,
): void {
  const [first, second] = seenClasses as unknown as [number, number]
  const intercept = intercepts[0] as number
  const ofSparse = d - (sparse?.columnCount ?? 0)
  for (let i = 0, at = 0; i < rowCount; i++) {
    let score = intercept
    for (let j = 0; j < width; j++, at++) score += (coefficients[j] as number) * (values[at] as number)
    if (sparse !== undefined) {
      const end = sparse.starts[i + 1] as number
      for (let k = sparse.starts[i] as number; k < end; k++) {
        score += (coefficients[ofSparse + (sparse.columns[k] as number)] as number) * (sparse.values[k] as number)
      }
    }
    const odds = exp(-Math.abs(score))
    const likelier = 1 / (1 + odds)
    const other = odds / (1 + odds)
    probabilities[i * classCount + first] = score > 0 ? other : likelier
    probabilities[i * classCount + second] = score > 0 ? likelier : other
  }
}

/** The score of one row for each run, by its first `width` of d columns. Four at a time: one would wait for each addition to end. */
function scoreRuns(
  coefficients: Float64Array,
  intercepts: Float64Array,
  values: Float64Array,
  from: number,
  width: number,
  d: number,
  scores: Float64Array,
): void {
  const runCount = intercepts.length
  let k = 0
  for (; k + 3 < runCount; k += 4) {
    let a = intercepts[k] as number
    let b = intercepts[k + 1] as number
    let c = intercepts[k + 2] as number
    let e = intercepts[k + 3] as number
    for (let j = 0, at = k * d; j < width; j++, at++) {
      const value = values[from + j] as number
      a += (coefficients[at] as number) * value
      b += (coefficients[at + d] as number) * value
      c += (coefficients[at + 2 * d] as number) * value
      e += (coefficients[at + 3 * d] as number) * value
    }
    scores[k] = a
    scores[k + 1] = b
    scores[k + 2] = c
    scores[k + 3] = e
  }
  for (; k < runCount; k++) {
    let score = intercepts[k] as number
    for (let j = 0, at = k * d; j < width; j++, at++) {
      score += (coefficients[at] as number) * (values[from + j] as number)
    }
    scores[k] = score
  }
}

/** Adds what the sparse columns of row i say, the last of the d columns. */
function addSparseScores(
  coefficients: Float64Array,
  runCount: number,
  { columnCount, starts, columns, values }: SparseRows,
  i: number,
  d: number,
  scores: Float64Array,
): void {
  const end = starts[i + 1] as number
  for (let k = 0, first = d - columnCount; k < runCount; k++, first += d) {
    let score = scores[k] as number
    for (let at = starts[i] as number; at < end; at++) {
      score += (coefficients[first + (columns[at] as number)] as number) * (values[at] as number)
    }
    scores[k] = score
  }
}

/** Scores to exp(score) / Σ exp(score), in place. Scores that overflowed to infinity share what there is. */
function toProbabilities(scores: Float64Array): void {
  let highest = Number.NEGATIVE_INFINITY
  for (let k = 0; k < scores.length; k++) highest = Math.max(highest, scores[k] as number)
  let total = 0
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k] as number
    scores[k] = score === highest ? 1 : exp(score - highest)
    total += scores[k] as number
  }
  for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] as number) / total
}

/** Throws StateError when the state is not one that toState wrote. */
export function restoreLogisticRegression(state: EstimatorState): FittedLogisticRegression {
  const { columnCount, isSeen, coefficients, intercepts, means, isConverged, iterations } = state
  if (!isCount(columnCount)) throw new StateError('columnCount: expected an integer of at least 0')
  if (!(isSeen instanceof Uint8Array) || !isSeen.includes(1) || isSeen.some((value) => value > 1)) {
    throw new StateError('isSeen: expected a Uint8Array of 0 and 1, at least one 1')
  }
  const classCount = isSeen.length
  const seenClasses = Int32Array.from(isSeen.keys()).filter((code) => isSeen[code] === 1)
  const runCount = seenClasses.length <= 2 ? seenClasses.length - 1 : seenClasses.length
  if (!isFiniteArray(intercepts, runCount)) throw new StateError(`intercepts: expected ${runCount} finite numbers`)
  if (!isFiniteArray(coefficients, runCount * columnCount)) {
    throw new StateError(`coefficients: expected ${runCount * columnCount} finite numbers`)
  }
  if (typeof isConverged !== 'boolean') throw new StateError('isConverged: expected true or false')
  if (!isCount(iterations)) throw new StateError('iterations: expected an integer of at least 0')
  requireMeans(means, columnCount)
  return new FittedLogisticRegression({
    columnCount,
    classCount,
    seenClasses,
    coefficients,
    intercepts,
    means,
    isConverged,
    iterations,
  })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isFiniteArray(value: unknown, length: number): value is Float64Array {
  return value instanceof Float64Array && value.length === length && value.every(Number.isFinite)
}
