// Regression by the mean of the nearest rows.
import type { EstimatorState, FitContext, FittedRegressor, Regressor } from '../estimator.ts'
import type { Matrix, RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import { readParameters } from '../parameters.ts'
import { answerQueries, answerQueriesOn, type Poll } from './answer-queries.ts'
import { findNeighbors, type Neighbors } from './find-neighbors.ts'
import { fitNeighbors } from './fit-neighbors.ts'
import { NeighborSearcher } from './neighbor-searcher.ts'
import { type NeighborsParameters, neighborsParameters } from './neighbors-parameters.ts'
import { pollFromState, pollToState } from './neighbors-state.ts'

/**
 * The mean of the k nearest rows (Cover 1968), as scikit-learn's KNeighborsRegressor. Exactness, ties, sample weights
 * and costs are those of KNeighborsClassifier. A query with a missing value gets the mean of all rows.
 */
export class KNeighborsRegressor implements Regressor {
  static readonly parameters = neighborsParameters
  readonly kind = 'regressor'
  readonly abilities = { missing: false, categories: false }
  private readonly parameters: NeighborsParameters

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.parameters = readParameters(neighborsParameters, given)
  }

  async fit(
    x: Matrix,
    y: Float64Array,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedKNeighborsRegressor> {
    const poll = await fitNeighbors(this.parameters, x, y, 0, context, sampleWeight)
    return new FittedKNeighborsRegressor(poll)
  }

  restore(state: EstimatorState): FittedKNeighborsRegressor {
    return new FittedKNeighborsRegressor(pollFromState(state, 'regressor'))
  }
}

export class FittedKNeighborsRegressor implements FittedRegressor {
  readonly kind = 'regressor'
  readonly columnCount: number
  private readonly poll: Poll
  private readonly searcher: NeighborSearcher

  constructor(poll: Poll) {
    this.poll = poll
    this.columnCount = poll.index.columnCount
    this.searcher = new NeighborSearcher(poll.index, poll.neighborCount)
  }

  predict(x: RowBlock): Float64Array {
    return answerQueries(this.poll, this.searcher, x)
  }

  predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return answerQueriesOn(team, this.poll, x, stop)
  }

  /** The neighbours themselves. */
  neighborsOf(x: RowBlock): Neighbors {
    return findNeighbors(this.poll, this.searcher, x)
  }

  toState(): EstimatorState {
    return pollToState(this.poll)
  }
}
