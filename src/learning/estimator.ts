// What every estimator is: an unfitted thing that makes a fitted thing, which predicts and can be written down.
import type { Explanation, ExplanationChoice } from './explanation/explanation.ts'
import type { Matrix, RowBlock } from './matrix.ts'
import type { StopFlag } from './parallel/stop-flag.ts'
import type { ThreadTeam } from './parallel/thread-team.ts'
import type { Parameters } from './parameters.ts'
import type { RankedLists } from './recommend/ranked-lists.ts'
import type { TargetRange } from './target-range.ts'
import type { TreeSketch } from './tree-sketch.ts'
import type { FitWarning } from './warnings.ts'

/** Class labels as codes. classNames[c] is the label of code c as text, for parameters such as class_weight. */
export interface ClassTarget {
  readonly codes: Int32Array
  readonly classNames: readonly string[]
}

/** What surrounds one fit: threads, randomness, and the way out. */
export interface FitContext {
  readonly team: ThreadTeam
  /** Set from anywhere to end the fit; an estimator looks at it at least every 50 ms and throws FitStopped. */
  readonly stop: StopFlag
  /** The seed that is used when random_state is null: an integer from 0 to 2^32 − 1. */
  readonly seed: number
  /** Called with growing `done` from 0 to `of`, at most a few hundred times in a fit. */
  report(done: number, of: number, step: string): void
  /** Tells something that the caller should know of a fit that succeeds: not converged, levels pooled, and such. */
  warn(warning: FitWarning): void
}

/** What a fitted estimator can be written as: plain data, no classes, no functions. */
export type StateValue =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Int16Array
  | Uint8Array
  | readonly StateValue[]
  | { readonly [key: string]: StateValue }
export type EstimatorState = { readonly [key: string]: StateValue }

/** What a method can take as it is; the encoding steps of the pipeline must see to the rest. */
export interface Abilities {
  /** NaN in numeric and categorical columns. */
  readonly missing: boolean
  /** Columns with categoryCounts > 0. Without it every column is a number. */
  readonly categories: boolean
  /** Columns of which most values are 0, as Matrix.sparse. Without it encoding steps make dense ones. Default false. */
  readonly sparse?: boolean
  /** Rows that count for more or less than others. Default true. */
  readonly weights?: boolean
}

/** Lines in the columns: one for a number or for two classes (of the second), one a class for more. */
export interface LinearTerms {
  /** Per line, the code of the class that it scores; null for a number. */
  readonly classCodes: readonly (number | null)[]
  /** One per line. */
  readonly intercepts: Float64Array
  /** Row-major lines × columns. */
  readonly coefficients: Float64Array
}

interface Fitted {
  /** Columns that it was fitted with, and holds its RowBlocks to. */
  readonly columnCount: number
  /** Impurity-based importance of each column, summing to 1 (or all 0), where the method has one. */
  readonly featureImportances?: Float64Array | undefined
  /** Forests that were asked for it: accuracy or R² of each row's prediction by the trees that have not seen it. */
  readonly oobScore?: number | null | undefined
  /** Boosting: the mean loss of the training rows before the first iteration and after each. */
  readonly trainingLoss?: Float64Array | undefined
  /** The same for the rows held out for early stopping; empty where none were. */
  readonly validationLoss?: Float64Array | undefined
  /** Linear methods: what each column counts for. */
  readonly linearTerms?: LinearTerms | undefined
  /** Trees: the first of them, down to `depthMax` splits one below the other. */
  firstTree?(depthMax: number): TreeSketch
  /**
   * What each column of each row contributes to its prediction, where the method has a rule for it. Throws NotExplainable
   * where too little was kept of the training, and FitStopped.
   */
  explain?(x: RowBlock, choice: ExplanationChoice): Explanation
  /** Plain data from which `restore` of the same estimator makes an equal fitted one. */
  toState(): EstimatorState
}

export interface FittedClassifier extends Fitted {
  readonly kind: 'classifier'
  readonly classCount: number
  /** Its probabilities are the logistic function of scores, or their softmax: calibration then is of log-odds. */
  readonly hasLogOdds?: boolean
  /** Probabilities, row-major rowCount × classCount; each row sums to 1. The predicted class is the first maximum. */
  predictProbabilities(x: RowBlock): Float64Array
  /** The same, spread over threads, where that pays. */
  predictProbabilitiesOn?(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array>
}

export interface FittedRegressor extends Fitted {
  readonly kind: 'regressor'
  /** The function of the target that was learned, where it is not the target itself: what it says of itself is of that. */
  readonly learnedAs?: string
  /** One value per row. */
  predict(x: RowBlock): Float64Array
  predictOn?(team: ThreadTeam, x: RowBlock, stop: StopFlag): Promise<Float64Array>
}

export interface FittedClusterer extends Fitted {
  readonly kind: 'clusterer'
  readonly clusterCount: number
  /** Row-major clusters × columns, where the method has centres. */
  readonly centres?: Float64Array
  /** The cluster of each row, 0 … clusterCount − 1. */
  predict(x: RowBlock): Int32Array
}

export interface FittedAnomalyDetector extends Fitted {
  readonly kind: 'anomaly_detector'
  /** scikit-learn's decision_function: below 0 is an anomaly, the lower the stranger. */
  decisionFunction(x: RowBlock): Float64Array
}

export interface FittedRecommender extends Fitted {
  readonly kind: 'recommender'
  readonly itemCount: number
  /** Items of a list at the most. */
  readonly listLength: number
  /** Whether lists leave out what training has of their user. */
  readonly excludesSeen: boolean
  /**
   * One list a row, of the user in its only column: a code, or NaN for a user whom training did not have. withSeen lists
   * what training has of the user among the others, whatever `excludesSeen` says.
   */
  recommend(x: RowBlock, withSeen?: boolean): RankedLists
  /** The items that training has of a user, ascending; none of a user whom it did not have. */
  seenBy(user: number): Int32Array
}

interface Unfitted {
  readonly abilities: Abilities
}

/** sampleWeight: one finite weight ≥ 0 per row, not all 0; absent means 1 for all. */
export interface Classifier extends Unfitted {
  readonly kind: 'classifier'
  fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClassifier>
  /** Throws StateError when the state is not one that this estimator wrote. */
  restore(state: EstimatorState): FittedClassifier
}

export interface Regressor extends Unfitted {
  readonly kind: 'regressor'
  /** The targets that it can learn, where these are not all numbers; a pipeline refuses others before it fits. */
  readonly targetRange?: TargetRange | undefined
  /** What is learned in place of the targets, where it is something else: steps that look at labels see the same. */
  learnedTargets?(y: Float64Array): Float64Array
  fit(x: Matrix, y: Float64Array, context: FitContext, sampleWeight?: Float64Array): Promise<FittedRegressor>
  restore(state: EstimatorState): FittedRegressor
}

export interface Clusterer extends Unfitted {
  readonly kind: 'clusterer'
  fit(x: Matrix, context: FitContext, sampleWeight?: Float64Array): Promise<FittedClusterer>
  restore(state: EstimatorState): FittedClusterer
}

export interface AnomalyDetector extends Unfitted {
  readonly kind: 'anomaly_detector'
  fit(x: Matrix, context: FitContext, sampleWeight?: Float64Array): Promise<FittedAnomalyDetector>
  restore(state: EstimatorState): FittedAnomalyDetector
}

export interface Recommender extends Unfitted {
  readonly kind: 'recommender'
  /** x: one categorical column, the users; y: what each of them took. */
  fit(x: Matrix, y: ClassTarget, context: FitContext, sampleWeight?: Float64Array): Promise<FittedRecommender>
  restore(state: EstimatorState): FittedRecommender
}

export type Estimator = Classifier | Regressor | Clusterer | AnomalyDetector | Recommender
export type FittedEstimator =
  | FittedClassifier
  | FittedRegressor
  | FittedClusterer
  | FittedAnomalyDetector
  | FittedRecommender

/** The class of an estimator: what it takes, and how one is made. */
export interface EstimatorClass {
  /** Throws ParameterError with every parameter that is unknown or out of range. */
  new (given?: { readonly [name: string]: unknown }): Estimator
  readonly parameters: Parameters
}
