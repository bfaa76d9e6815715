// Classification by the votes of the nearest rows.
import type { Classifier, ClassTarget, EstimatorState, FitContext, FittedClassifier } from '../estimator.ts'
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
 * k nearest neighbours (Fix and Hodges 1951; Cover and Hart 1967), as scikit-learn's KNeighborsClassifier. Exact:
 * every algorithm finds the same rows. Of rows at equal distance those that come first among the fitted rows count.
 *
 * Sample weights, which scikit-learn does not take here: the vote of a neighbour is multiplied by its weight. A
 * weight of 2 is thus not two rows, which would take two of the k places; a weight of 0 is no row.
 *
 * Fit O(rows × (columns + log rows)); 8 to 12 bytes of memory a value, and the boxes of the tree. A query is
 * O(columns × log rows) with a tree that prunes well, O(rows × columns) at worst. A query with a missing value gets
 * the shares of the classes among all rows.
 */
export class KNeighborsClassifier implements Classifier {
  static readonly parameters = neighborsParameters
  readonly kind = 'classifier'
  readonly abilities = { missing: false, categories: false }
  private readonly parameters: NeighborsParameters

  /** Throws ParameterError. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    this.parameters = readParameters(neighborsParameters, given)
  }

  async fit(
    x: Matrix,
    { codes, classNames }: ClassTarget,
    context: FitContext,
    sampleWeight?: Float64Array,
  ): Promise<FittedKNeighborsClassifier> {
    const poll = await fitNeighbors(this.parameters, x, codes, classNames.length, context, sampleWeight)
    return new FittedKNeighborsClassifier(poll)
  }

  restore(state: EstimatorState): FittedKNeighborsClassifier {
    return new FittedKNeighborsClassifier(pollFromState(state, 'classifier'))
  }
}

export class FittedKNeighborsClassifier implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  private readonly poll: Poll
  private readonly searcher: NeighborSearcher

  constructor(poll: Poll) {
    this.poll = poll
    this.columnCount = poll.index.columnCount
    this.classCount = poll.ballot.classCount
    this.searcher = new NeighborSearcher(poll.index, poll.neighborCount)
  }

  predictProbabilities(x: RowBlock): Float64Array {
    return answerQueries(this.poll, this.searcher, x)
  }

  predictProbabilitiesOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
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
