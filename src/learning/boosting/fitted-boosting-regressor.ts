// A fitted boosting regressor.
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedRegressor } from '../estimator.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import type { TreeSketch } from '../tree-sketch.ts'
import { boostedState, restoreBoosted } from './boosted-state.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { BoostedExplainer } from './explain-boosted.ts'
import { sketchBoosted } from './sketch-boosted.ts'
import { TreePredictor } from './tree-predictor.ts'

const KIND = 'gradient_boosting_regressor'
/** e to this is finite. */
export const EXPONENT_MAX = 700

export class FittedBoostingRegressor implements FittedRegressor {
  readonly kind = 'regressor'
  readonly columnCount: number
  readonly featureImportances: Float64Array
  /** Mean loss of the training rows before the first tree and after each iteration, as HistGradientBoosting's: halved. */
  readonly trainingLoss: Float64Array
  /** The same for the rows held out for early stopping; empty where none were. */
  readonly validationLoss: Float64Array
  private readonly boosted: BoostedTrees
  private readonly predictor: TreePredictor
  private readonly explainer: BoostedExplainer
  private readonly hasLogLink: boolean

  constructor(boosted: BoostedTrees, hasLogLink: boolean) {
    this.boosted = boosted
    this.hasLogLink = hasLogLink
    this.columnCount = boosted.columnCount
    this.featureImportances = boosted.importances
    this.trainingLoss = boosted.trainingLoss
    this.validationLoss = boosted.validationLoss
    this.predictor = new TreePredictor(boosted)
    this.explainer = new BoostedExplainer(boosted)
  }

  static fromState(state: EstimatorState): FittedBoostingRegressor {
    const boosted = restoreBoosted(KIND, state)
    const { hasLogLink } = state
    if (boosted.outputs !== 1 || typeof hasLogLink !== 'boolean') {
      throw new StateError('not a state of boosted trees for a number')
    }
    return new FittedBoostingRegressor(boosted, hasLogLink)
  }

  predict(x: RowBlock): Float64Array {
    return this.throughLink(this.predictor.predictRaw(x))
  }

  async predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return this.throughLink(await this.predictor.predictRawOn(team, x, stop))
  }

  explain(x: RowBlock, { stop }: ExplanationChoice): Explanation {
    const head = { comparedWith: 'training_rows', classCodes: [null] } as const
    const lines = this.explainer.explain(x, [0], stop)
    if (this.hasLogLink) return { ...head, explainedAs: 'transformed_value', link: 'log', ...lines }
    return { ...head, explainedAs: 'value', link: 'identity', ...lines }
  }

  firstTree(depthMax: number): TreeSketch {
    return sketchBoosted(this.boosted, depthMax)
  }

  toState(): EstimatorState {
    return { ...boostedState(KIND, this.boosted), hasLogLink: this.hasLogLink }
  }

  private throughLink(raw: Float64Array): Float64Array {
    if (!this.hasLogLink) return raw
    return Float64Array.from(raw, (output) => Math.exp(Math.min(output, EXPONENT_MAX)))
  }
}
