// Trees of another framework that tell a number: a target, a rate, a score of a ranking.
import { DataError, StateError } from '../errors.ts'
import type { EstimatorState, FittedRegressor, Regressor } from '../estimator.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import { readParameters } from '../parameters.ts'
import type { ImportedScores } from './imported-scores.ts'
import { answersOf, applyLink } from './links.ts'
import { RowScorer } from './score-rows.ts'
import { restoreScores, scoresState } from './scores-state.ts'

export class ImportedTreesRegressor implements Regressor {
  static readonly parameters = {}
  /** What its states say of themselves. */
  static readonly kindOfState = 'imported_trees_regressor'
  readonly kind = 'regressor'
  readonly abilities = { missing: true, categories: true }

  /** Throws ParameterError for any parameter. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    readParameters(ImportedTreesRegressor.parameters, given)
  }

  /** Throws DataError: another framework has trained it. */
  async fit(): Promise<never> {
    throw new DataError('imported trees are not trained here: import the file of another training')
  }

  restore(state: EstimatorState): FittedImportedRegressor {
    const scores = restoreScores(ImportedTreesRegressor.kindOfState, state)
    if (answersOf(scores) !== 1) throw new StateError('not a state of imported trees: several numbers a row')
    return new FittedImportedRegressor(scores)
  }
}

export class FittedImportedRegressor implements FittedRegressor {
  readonly kind = 'regressor'
  readonly columnCount: number
  readonly scores: ImportedScores
  readonly scorer: RowScorer

  constructor(scores: ImportedScores) {
    this.scores = scores
    this.columnCount = scores.columnCount
    this.scorer = new RowScorer(scores)
  }

  predict(x: RowBlock): Float64Array {
    return applyLink(this.scores, this.scorer.score(x))
  }

  async predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return applyLink(this.scores, await this.scorer.scoreOn(team, x, stop))
  }

  toState(): EstimatorState {
    return scoresState(ImportedTreesRegressor.kindOfState, this.scores)
  }
}
