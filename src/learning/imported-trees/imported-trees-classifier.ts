// Trees of another framework that tell classes.
import { DataError, StateError } from '../errors.ts'
import type { Classifier, EstimatorState, FittedClassifier } from '../estimator.ts'
import { type Explanation, type ExplanationChoice, ofTwoClasses } from '../explanation/explanation.ts'
import type { RowBlock } from '../matrix.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import type { ThreadTeam } from '../parallel/thread-team.ts'
import { readParameters } from '../parameters.ts'
import { ImportedExplainer, notExplained } from './explain-imported.ts'
import type { ImportedScores } from './imported-scores.ts'
import { answersOf, applyLink } from './links.ts'
import { RowScorer } from './score-rows.ts'
import { restoreScores, scoresState } from './scores-state.ts'

export class ImportedTreesClassifier implements Classifier {
  static readonly parameters = {}
  /** What its states say of themselves. */
  static readonly kindOfState = 'imported_trees_classifier'
  readonly kind = 'classifier'
  readonly abilities = { missing: true, categories: true }

  /** Throws ParameterError for any parameter. */
  constructor(given: { readonly [name: string]: unknown } = {}) {
    readParameters(ImportedTreesClassifier.parameters, given)
  }

  /** Throws DataError: another framework has trained it. */
  async fit(): Promise<never> {
    throw new DataError('imported trees are not trained here: import the file of another training')
  }

  restore(state: EstimatorState): FittedImportedClassifier {
    const scores = restoreScores(ImportedTreesClassifier.kindOfState, state)
    const { classCount } = state
    if (classCount !== classCountOf(scores)) throw new StateError('not a state of imported trees: classCount')
    return new FittedImportedClassifier(scores)
  }
}

/**
 * Probabilities are the framework's own: of an objective of classes one against all others, they need not sum to 1; of a
 * hinge they are 0 and 1.
 */
export class FittedImportedClassifier implements FittedClassifier {
  readonly kind = 'classifier'
  readonly columnCount: number
  readonly classCount: number
  readonly scores: ImportedScores
  readonly scorer: RowScorer
  private readonly explainer: ImportedExplainer

  constructor(scores: ImportedScores) {
    this.scores = scores
    this.columnCount = scores.columnCount
    this.classCount = classCountOf(scores)
    this.scorer = new RowScorer(scores)
    this.explainer = new ImportedExplainer(scores)
  }

  predictProbabilities(x: RowBlock): Float64Array {
    return this.toProbabilities(this.scorer.score(x))
  }

  async predictProbabilitiesOn(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array> {
    return this.toProbabilities(await this.scorer.scoreOn(team, x, stop))
  }

  /** Throws NotExplainable where the file does not tell enough, or the objective answers otherwise. */
  explain(x: RowBlock, { classCodes, stop }: ExplanationChoice): Explanation {
    const { link } = this.scores
    const { comparedWith } = this.explainer
    const asked = classCodes ?? Array.from({ length: this.classCount }, (_, code) => code)
    if (link === 'softmax' || link === 'sigmoid_each') {
      const lines = this.explainer.explain(x, asked, stop)
      const of = { comparedWith, classCodes: asked, ...lines }
      if (link === 'softmax') return { explainedAs: 'score', link, ...of }
      return { explainedAs: 'log_odds', link: 'logit', ...of }
    }
    if (link !== 'sigmoid') throw notExplained(link)
    const { bases, contributions } = this.explainer.explain(x, [0], stop)
    const ofSecond = { base: bases[0] as number, contributions }
    const lines = ofTwoClasses(ofSecond, [0, 1], 0, x.rowCount, asked)
    return { explainedAs: 'log_odds', link: 'logit', comparedWith, ...lines }
  }

  toState(): EstimatorState {
    return { ...scoresState(ImportedTreesClassifier.kindOfState, this.scores), classCount: this.classCount }
  }

  private toProbabilities(raw: Float64Array): Float64Array {
    const said = applyLink(this.scores, raw)
    if (answersOf(this.scores) > 1) return said
    const probabilities = new Float64Array(2 * said.length)
    const round = this.scores.isFloat32 ? Math.fround : (value: number) => value
    for (let i = 0; i < said.length; i++) {
      const second = said[i] as number
      probabilities[2 * i] = round(1 - second)
      probabilities[2 * i + 1] = second
    }
    return probabilities
  }
}

/** One number is the probability of the second of two classes. */
function classCountOf(scores: ImportedScores): number {
  return Math.max(2, answersOf(scores))
}
