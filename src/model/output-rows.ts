// One label column as it was fitted, and its predictions, gathered block by block.
import type { ProbabilityCalibrator } from '../learning/calibration/probability-calibrator.ts'
import type { FittedEstimator } from '../learning/estimator.ts'
import { firstMaxima } from '../learning/first-maxima.ts'
import type { RowBlock } from '../learning/matrix.ts'
import type { StopFlag } from '../learning/parallel/stop-flag.ts'
import type { ThreadTeam } from '../learning/parallel/thread-team.ts'
import { newRankedLists, type RankedLists } from '../learning/recommend/ranked-lists.ts'
import { listColumns } from './list-columns.ts'
import type { Column, Level } from './table.ts'

/** One label column: its name, its classes where it has some, and what was fitted for it. */
export interface FittedOutput {
  readonly name: string
  readonly levels?: readonly Level[]
  readonly fitted: FittedEstimator
  /** What the probabilities of a classifier are passed through, where it was asked for. */
  readonly calibration?: ProbabilityCalibrator
  readonly threshold?: DecisionThreshold
}

/** How a classifier of two classes decides, where it was asked for: by the probability of one of them. */
export interface DecisionThreshold {
  /** The code of the positive class. */
  readonly positive: 0 | 1
  /** From this probability on a row is taken for positive; from 0 to 1. */
  readonly probability: number
}

/** Class probabilities of one label column: row-major, rows × levels. */
export interface Probabilities {
  readonly name: string
  readonly levels: readonly Level[]
  readonly values: Float64Array
}

const NO_CODES = new Int32Array(0)
const NO_NUMBERS = new Float64Array(0)
const IS_ANOMALY_LEVELS: readonly Level[] = [false, true]

export class OutputRows {
  private readonly output: FittedOutput
  /** Codes of classes or clusters. */
  private readonly codes: Int32Array
  /** Predicted numbers, or anomaly scores. */
  private readonly numbers: Float64Array
  /** Undefined where nobody asks for them. */
  private readonly probabilityValues: Float64Array | undefined
  /** The largest probability of each row; undefined where nobody asks for it, or there is none. */
  readonly confidence: Float64Array | undefined
  /** Of a recommender. */
  private readonly lists: RankedLists | undefined

  constructor(output: FittedOutput, rowCount: number, withProbabilities = true, withConfidence = false) {
    this.output = output
    const { kind } = output.fitted
    const hasCodes = kind === 'classifier' || kind === 'clusterer'
    this.codes = hasCodes ? new Int32Array(rowCount) : NO_CODES
    this.numbers = hasCodes || kind === 'recommender' ? NO_NUMBERS : new Float64Array(rowCount)
    this.lists = kind === 'recommender' ? newRankedLists(rowCount, output.fitted.listLength) : undefined
    if (kind === 'classifier' && withProbabilities) {
      this.probabilityValues = new Float64Array(rowCount * output.fitted.classCount)
    }
    if (kind === 'classifier' && withConfidence) this.confidence = new Float64Array(rowCount)
  }

  /** Predicts a block whose first row is row `start` of the whole. */
  predict(block: RowBlock, start: number): void {
    const { fitted } = this.output
    switch (fitted.kind) {
      case 'classifier':
        this.keepProbabilities(fitted.predictProbabilities(block), fitted.classCount, start)
        return
      case 'regressor':
        this.numbers.set(fitted.predict(block), start)
        return
      case 'clusterer':
        this.codes.set(fitted.predict(block), start)
        return
      case 'anomaly_detector':
        this.numbers.set(fitted.decisionFunction(block), start)
        return
      case 'recommender': {
        const lists = this.lists as RankedLists
        const { items, scores, length } = fitted.recommend(block)
        lists.items.set(items, start * length)
        lists.scores.set(scores, start * length)
      }
    }
  }

  /** The same on the team's threads, where the estimator can use them. Throws FitStopped. */
  async predictOn(team: ThreadTeam, block: RowBlock, start: number, stop: StopFlag): Promise<void> {
    const { fitted } = this.output
    if (fitted.kind === 'classifier' && fitted.predictProbabilitiesOn !== undefined) {
      this.keepProbabilities(await fitted.predictProbabilitiesOn(team, block, stop), fitted.classCount, start)
    } else if (fitted.kind === 'regressor' && fitted.predictOn !== undefined) {
      this.numbers.set(await fitted.predictOn(team, block, stop), start)
    } else this.predict(block, start)
  }

  columns(): Column[] {
    const { fitted, name, levels } = this.output
    switch (fitted.kind) {
      case 'classifier':
        return [{ kind: 'categorical', name, codes: this.codes, levels: levels as readonly Level[] }]
      case 'regressor':
        return [{ kind: 'numeric', name, values: this.numbers }]
      case 'clusterer':
        return [{ kind: 'numeric', name: 'cluster', values: Float64Array.from(this.codes), areIntegers: true }]
      case 'anomaly_detector': {
        const codes = Int32Array.from(this.numbers, (score) => (score < 0 ? 1 : 0))
        return [
          { kind: 'numeric', name: 'anomaly_score', values: this.numbers },
          { kind: 'categorical', name: 'is_anomaly', codes, levels: IS_ANOMALY_LEVELS },
        ]
      }
      case 'recommender':
        return listColumns(name, levels as readonly Level[], this.lists as RankedLists)
    }
  }

  private keepProbabilities(values: Float64Array, classCount: number, start: number): void {
    const { calibration, threshold } = this.output
    const said = calibration === undefined ? values : calibration.calibrate(values)
    this.probabilityValues?.set(said, start * classCount)
    if (this.confidence !== undefined) largestOfRows(said, classCount, this.confidence.subarray(start))
    const rowCount = said.length / classCount
    const isAll = rowCount === this.codes.length
    const codes = isAll ? this.codes : this.codes.subarray(start, start + rowCount)
    if (threshold === undefined) firstMaxima(said, classCount, codes)
    else decideBy(threshold, said, codes)
  }

  /** Undefined where there are none, or nobody asks for them. */
  probabilities(): Probabilities | undefined {
    const { levels, name } = this.output
    const { probabilityValues: values } = this
    return levels === undefined || values === undefined ? undefined : { name, levels, values }
  }
}

/** Writes the largest probability of each row to `into`. probabilities: row-major rows × classCount. O(values). */
export function largestOfRows(probabilities: Float64Array, classCount: number, into: Float64Array): void {
  for (let i = 0, row = 0; i < probabilities.length; i += classCount, row++) {
    into[row] = largestFrom(probabilities, i, classCount)
  }
}

/** The largest of the `count` values from `start` on. */
export function largestFrom(values: Float64Array, start: number, count: number): number {
  let largest = values[start] as number
  for (let i = start + 1; i < start + count; i++) if ((values[i] as number) > largest) largest = values[i] as number
  return largest
}

/** Writes the class of each row to `codes`. probabilities: row-major rows × 2. */
export function decideBy({ positive, probability }: DecisionThreshold, probabilities: Float64Array, codes: Int32Array) {
  for (let i = 0; i < codes.length; i++) {
    codes[i] = (probabilities[2 * i + positive] as number) >= probability ? positive : 1 - positive
  }
}
