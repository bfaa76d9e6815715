// Fitted trees and forests: one tree is a forest of one.
import { requireColumnCount } from '../column-count.ts'
import { StateError } from '../errors.ts'
import type { EstimatorState, FittedClassifier, FittedRegressor } from '../estimator.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import type { TreeSketch } from '../tree-sketch.ts'
import { type CompactForest, fromState, toState } from './compact-forest.ts'
import { ForestExplainer } from './explain-forest.ts'
import { type PooledLevels, poolsFromState, poolsToState, renumberLevels } from './pooled-levels.ts'
import { sketchForest } from './sketch-forest.ts'
import { sumLeaves } from './walk.ts'
import { walkOnTeam } from './walk-on-team.ts'
import { makeWalkable } from './walkable-forest.ts'
import { Walker } from './walker.ts'

/**
 * Averages the class probabilities of the leaves that a row reaches (not the votes of the trees), as scikit-learn does.
 * Memory: about 16 bytes a split and 4 a leaf for walking, and what CompactForest takes for keeping.
 */
export class FittedTreeClassifier implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  readonly featureImportances: Float64Array
  /** Share of rows that the trees grown without them classify right; null unless asked for. */
  readonly oobScore: number | null
  private readonly pools: readonly PooledLevels[]
  private readonly compact: CompactForest
  private readonly walker: Walker
  private readonly explainer: ForestExplainer

  constructor(
    compact: CompactForest,
    featureImportances: Float64Array,
    oobScore: number | null,
    pools: readonly PooledLevels[] = [],
  ) {
    this.pools = pools
    this.compact = compact
    this.walker = new Walker(makeWalkable(compact))
    this.explainer = new ForestExplainer(compact)
    this.columnCount = compact.columnCount
    this.classCount = compact.classCount
    this.featureImportances = featureImportances
    this.oobScore = oobScore
  }

  static restore(state: EstimatorState): FittedTreeClassifier {
    const { compact, importances, oobScore, pools } = readState(state)
    if (compact.classCount === 0) throw new StateError('the state is of a regressor, not of a classifier')
    return new FittedTreeClassifier(compact, importances, oobScore, pools)
  }

  predictProbabilities(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const means = new Float64Array(x.rowCount * this.classCount)
    sumLeaves(this.walker, renumberLevels(x, this.pools), 0, x.rowCount, means, this.compact.treeCount)
    return means
  }

  async predictProbabilitiesOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    requireColumnCount(this.columnCount, x)
    return walkOnTeam(this.walker, team, renumberLevels(x, this.pools), stop)
  }

  explain(x: RowBlock, choice: ExplanationChoice): Explanation {
    requireColumnCount(this.columnCount, x)
    return this.explainer.explain(renumberLevels(x, this.pools), choice)
  }

  firstTree(depthMax: number): TreeSketch {
    return sketchForest(this.compact, depthMax, this.pools)
  }

  toState(): EstimatorState {
    return { ...writeState(this.compact, this.featureImportances, this.oobScore), ...poolsToState(this.pools) }
  }
}

/** Averages the values of the leaves that a row reaches. */
export class FittedTreeRegressor implements FittedRegressor {
  readonly kind = 'regressor'
  readonly columnCount: number
  readonly featureImportances: Float64Array
  /** R² of the predictions for each row by the trees grown without it; null unless asked for. */
  readonly oobScore: number | null
  private readonly pools: readonly PooledLevels[]
  private readonly compact: CompactForest
  private readonly walker: Walker
  private readonly explainer: ForestExplainer

  constructor(
    compact: CompactForest,
    featureImportances: Float64Array,
    oobScore: number | null,
    pools: readonly PooledLevels[] = [],
  ) {
    this.pools = pools
    this.compact = compact
    this.walker = new Walker(makeWalkable(compact))
    this.explainer = new ForestExplainer(compact)
    this.columnCount = compact.columnCount
    this.featureImportances = featureImportances
    this.oobScore = oobScore
  }

  static restore(state: EstimatorState): FittedTreeRegressor {
    const { compact, importances, oobScore, pools } = readState(state)
    if (compact.classCount > 0) throw new StateError('the state is of a classifier, not of a regressor')
    return new FittedTreeRegressor(compact, importances, oobScore, pools)
  }

  predict(x: RowBlock): Float64Array {
    requireColumnCount(this.columnCount, x)
    const means = new Float64Array(x.rowCount)
    sumLeaves(this.walker, renumberLevels(x, this.pools), 0, x.rowCount, means, this.compact.treeCount)
    return means
  }

  async predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    requireColumnCount(this.columnCount, x)
    return walkOnTeam(this.walker, team, renumberLevels(x, this.pools), stop)
  }

  explain(x: RowBlock, choice: ExplanationChoice): Explanation {
    requireColumnCount(this.columnCount, x)
    return this.explainer.explain(renumberLevels(x, this.pools), choice)
  }

  firstTree(depthMax: number): TreeSketch {
    return sketchForest(this.compact, depthMax, this.pools)
  }

  toState(): EstimatorState {
    return { ...writeState(this.compact, this.featureImportances, this.oobScore), ...poolsToState(this.pools) }
  }
}

function writeState(compact: CompactForest, importances: Float64Array, oobScore: number | null): EstimatorState {
  return { ...toState(compact), importances, oobScore }
}

function readState(state: EstimatorState) {
  const compact = fromState(state)
  const { importances, oobScore } = state
  if (!(importances instanceof Float64Array) || importances.length !== compact.columnCount) {
    throw new StateError('importances of a forest must be one Float64 per column')
  }
  if (oobScore !== null && (typeof oobScore !== 'number' || Number.isNaN(oobScore))) {
    throw new StateError('oobScore of a forest must be a number or null')
  }
  return { compact, importances, oobScore, pools: poolsFromState(state, compact.columnCount) }
}
