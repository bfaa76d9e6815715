// Trees of another framework that tell a number: a target, a rate, a score of a ranking.
import { DataError, StateError } from '../errors.ts'
import type { EstimatorState, FittedRegressor, Regressor } from '../estimator.ts'
import type { Explanation, ExplanationChoice } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import { readParameters } from '../parameters.ts'
import { ImportedExplainer, notExplained } from './explain-imported.ts'
import type { ImportedScores, Link } from './imported-scores.ts'
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

/** What leads from the answer to the sum of the trees. */
const BACK: Readonly<Partial<Record<Link, string>>> = {
  identity: 'identity',
  exp: 'log',
  sigmoid: 'logit',
  signed_square: 'signed_sqrt',
  log1p_exp: 'log_expm1',
}

export class FittedImportedRegressor implements FittedRegressor {
  readonly kind = 'regressor'
  readonly columnCount: number
  readonly scores: ImportedScores
  readonly scorer: RowScorer
  private readonly explainer: ImportedExplainer

  constructor(scores: ImportedScores) {
    this.scores = scores
    this.columnCount = scores.columnCount
    this.scorer = new RowScorer(scores)
    this.explainer = new ImportedExplainer(scores)
  }

  predict(x: RowBlock): Float64Array {
    return applyLink(this.scores, this.scorer.score(x))
  }

  async predictOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return applyLink(this.scores, await this.scorer.scoreOn(team, x, stop))
  }

  /** Throws NotExplainable where the file does not tell enough, or the objective answers otherwise. */
  explain(x: RowBlock, { stop }: ExplanationChoice): Explanation {
    const link = BACK[this.scores.link]
    if (link === undefined) throw notExplained(this.scores.link)
    const explainedAs = link === 'identity' ? 'value' : 'transformed_value'
    const { comparedWith } = this.explainer
    return { explainedAs, link, comparedWith, classCodes: [null], ...this.explainer.explain(x, [0], stop) }
  }

  toState(): EstimatorState {
    return scoresState(ImportedTreesRegressor.kindOfState, this.scores)
  }
}
