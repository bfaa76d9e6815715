// A fitted boosting classifier: outputs of trees made into probabilities.
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedClassifier } from '../estimator.ts'
import { type Explanation, type ExplanationChoice, ofTwoClasses } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import type { TreeSketch } from '../tree-sketch.ts'
import { boostedState, restoreBoosted } from './boosted-state.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { BoostedExplainer } from './explain-boosted.ts'
import { sketchBoosted } from './sketch-boosted.ts'
import { TreePredictor } from './tree-predictor.ts'

const KIND = 'gradient_boosting_classifier'
const CLASSES_MAX = 1_000_000

export class FittedBoostingClassifier implements FittedClassifier {
  readonly kind = 'classifier'
  readonly hasLogOdds = true
  readonly columnCount: number
  readonly classCount: number
  readonly featureImportances: Float64Array
  /** Mean log loss of the training rows before the first tree and after each iteration. */
  readonly trainingLoss: Float64Array
  /** The same for the rows held out for early stopping; empty where none were. */
  readonly validationLoss: Float64Array
  private readonly boosted: BoostedTrees
  private readonly predictor: TreePredictor
  private readonly explainer: BoostedExplainer
  /** Classes that were seen: 1, 2 with one output, or as many as outputs. All others have probability 0. */
  private readonly present: Int32Array

  constructor(boosted: BoostedTrees, classCount: number, present: Int32Array) {
    this.boosted = boosted
    this.columnCount = boosted.columnCount
    this.classCount = classCount
    this.featureImportances = boosted.importances
    this.trainingLoss = boosted.trainingLoss
    this.validationLoss = boosted.validationLoss
    this.predictor = new TreePredictor(boosted)
    this.explainer = new BoostedExplainer(boosted)
    this.present = present
  }

  static ofOneClass(columnCount: number, classCount: number, present: Int32Array): FittedBoostingClassifier {
    const none = new Float64Array()
    const trees = {
      splitCounts: new Int32Array(),
      columns: new Int32Array(),
      bins: new Uint8Array(),
      flags: new Uint8Array(),
      children: new Int32Array(),
      bitsets: new Uint32Array(),
      gains: none,
      values: none,
      leafRows: new Uint32Array(),
    }
    const bins = Array.from({ length: columnCount }, () => ({ thresholds: none }))
    const importances = new Float64Array(columnCount)
    const baseline = Float64Array.of(0)
    const sources = Int32Array.from(bins, (_, j) => j)
    return new FittedBoostingClassifier(
      {
        columnCount,
        outputs: 1,
        baseline,
        bins,
        sources,
        trees,
        importances,
        trainingLoss: none,
        validationLoss: none,
      },
      classCount,
      present,
    )
  }

  static fromState(state: EstimatorState): FittedBoostingClassifier {
    const boosted = restoreBoosted(KIND, state)
    const { classCount, present } = state
    const isCount = typeof classCount === 'number' && Number.isInteger(classCount) && classCount <= CLASSES_MAX
    if (!isCount || !(present instanceof Int32Array)) throw new StateError('not a state of boosted trees: classes')
    const isAscending = present.every(
      (code, i) => code > (i === 0 ? -1 : (present[i - 1] as number)) && code < classCount,
    )
    const outputs = present.length === 2 ? 1 : present.length
    if (!isAscending || outputs !== boosted.outputs) throw new StateError('not a state of boosted trees: classes')
    return new FittedBoostingClassifier(boosted, classCount, present)
  }

  predictProbabilities(x: RowBlock): Float64Array {
    return this.toProbabilities(this.predictor.predictRaw(x), x.rowCount)
  }

  async predictProbabilitiesOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return this.toProbabilities(await this.predictor.predictRawOn(team, x, stop), x.rowCount)
  }

  /** Of the first output: the first class, or the second of two. */
  explain(x: RowBlock, { classCodes, stop }: ExplanationChoice): Explanation {
    const { present } = this
    const asked = classCodes ?? Array.from({ length: this.classCount }, (_, code) => code)
    const comparedWith = 'training_rows'
    if (present.length === 2) {
      const { bases, contributions } = this.explainer.explain(x, [0], stop)
      const ofSecond = { base: bases[0] as number, contributions }
      const [first, second] = present as unknown as [number, number]
      const lines = ofTwoClasses(ofSecond, [first, second], 0, x.rowCount, asked)
      return { explainedAs: 'log_odds', link: 'logit', comparedWith, ...lines }
    }
    const known = asked.filter((code) => present.includes(code))
    const outputs = known.map((code) => present.indexOf(code))
    const lines = this.explainer.explain(x, outputs, stop)
    return { explainedAs: 'score', link: 'softmax', comparedWith, classCodes: known, ...lines }
  }

  firstTree(depthMax: number): TreeSketch {
    return sketchBoosted(this.boosted, depthMax)
  }

  toState(): EstimatorState {
    return { ...boostedState(KIND, this.boosted), classCount: this.classCount, present: this.present }
  }

  private toProbabilities(raw: Float64Array, rowCount: number): Float64Array {
    const { classCount, present } = this
    const probabilities = new Float64Array(rowCount * classCount)
    const [first, second] = present as unknown as [number, number]
    for (let i = 0; i < rowCount; i++) {
      const at = i * classCount
      if (present.length === 1) probabilities[at + first] = 1
      else if (present.length === 2) {
        const output = raw[i] as number
        const e = Math.exp(-Math.abs(output))
        const [likelier, other] = output > 0 ? [second, first] : [first, second]
        probabilities[at + likelier] = 1 / (1 + e)
        probabilities[at + other] = e / (1 + e)
      } else softmax(raw, i * present.length, present, probabilities, at)
    }
    return probabilities
  }
}

/** Writes the softmax of the outputs from `from` on to the places of the classes that they stand for. */
function softmax(raw: Float64Array, from: number, present: Int32Array, probabilities: Float64Array, at: number): void {
  let highest = Number.NEGATIVE_INFINITY
  for (let c = 0; c < present.length; c++) highest = Math.max(highest, raw[from + c] as number)
  let total = 0
  for (let c = 0; c < present.length; c++) {
    const power = Math.exp((raw[from + c] as number) - highest)
    probabilities[at + (present[c] as number)] = power
    total += power
  }
  for (let c = 0; c < present.length; c++) {
    const k = at + (present[c] as number)
    probabilities[k] = (probabilities[k] as number) / total
  }
}
