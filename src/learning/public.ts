// The public entry ml-worker/learning: the engine as a library. docs/library.md lists every export; a test compares.
// Nothing inside src/ imports this file.

export { IsolationForest } from './anomaly/isolation-forest.ts'
export { GradientBoostingClassifier } from './boosting/gradient-boosting-classifier.ts'
export { GradientBoostingRegressor } from './boosting/gradient-boosting-regressor.ts'
export { KMeans } from './cluster/k-means.ts'
export { requireColumnCount, requireColumns } from './column-count.ts'
export { DataError, FitStopped, NotExplainable, ParameterError, type ParameterFault, StateError } from './errors.ts'
export type {
  Abilities,
  AnomalyDetector,
  Classifier,
  ClassTarget,
  Clusterer,
  Estimator,
  EstimatorClass,
  EstimatorState,
  FitContext,
  FittedAnomalyDetector,
  FittedClassifier,
  FittedClusterer,
  FittedEstimator,
  FittedRecommender,
  FittedRegressor,
  LinearTerms,
  Recommender,
  Regressor,
  StateValue,
} from './estimator.ts'
export { estimators } from './estimators.ts'
export type { ExplainedAs, Explanation, ExplanationChoice } from './explanation/explanation.ts'
export { firstMaxima } from './first-maxima.ts'
export { fitContext, turn } from './fit-context.ts'
export { Lasso } from './linear/lasso.ts'
export { LinearRegression } from './linear/linear-regression.ts'
export { LogisticRegression } from './linear/logistic-regression.ts'
export { Ridge } from './linear/ridge.ts'
export {
  columnCountOf,
  hasMissing,
  type Matrix,
  numericMatrix,
  type RowBlock,
  requireDense,
  toDense,
  toRowBlock,
} from './matrix.ts'
export { type ClassificationResult, classificationMetrics } from './metrics/classification-metrics.ts'
export { explainedVariance } from './metrics/explained-variance.ts'
export { logLoss } from './metrics/log-loss.ts'
export { meanAbsoluteError } from './metrics/mean-absolute-error.ts'
export { medianAbsoluteError } from './metrics/median-absolute-error.ts'
export { r2 } from './metrics/r2.ts'
export { type JudgedLists, rankingAtK } from './metrics/ranking-at-k.ts'
export { regressionMetrics } from './metrics/regression-metrics.ts'
export { rocAuc } from './metrics/roc-auc.ts'
export { rootMeanSquaredError } from './metrics/root-mean-squared-error.ts'
export { CategoricalNaiveBayes } from './naive-bayes/categorical-naive-bayes.ts'
export { ComplementNaiveBayes } from './naive-bayes/complement-naive-bayes.ts'
export { GaussianNaiveBayes } from './naive-bayes/gaussian-naive-bayes.ts'
export { MultinomialNaiveBayes } from './naive-bayes/multinomial-naive-bayes.ts'
export { KNeighborsClassifier } from './neighbors/k-neighbors-classifier.ts'
export { KNeighborsRegressor } from './neighbors/k-neighbors-regressor.ts'
export type { Barrier } from './parallel/barrier.ts'
export { inSharedMemory, sharedFloat64, sharedInt32 } from './parallel/shared-arrays.ts'
export { StopFlag } from './parallel/stop-flag.ts'
export { type TaskPlace, type TeamMember, type TeamTask, ThreadTeam } from './parallel/thread-team.ts'
export {
  choice,
  countOf,
  countOrShare,
  defaultsOf,
  flag,
  integer,
  type Kind,
  listOf,
  mapOf,
  none,
  type Parameter,
  type Parameters,
  type ParameterValues,
  parameter,
  randomState,
  readParameters,
  real,
  tellReadings,
} from './parameters.ts'
export {
  type PermutationImportances,
  type PermutationOptions,
  permutationImportance,
} from './permutation-importance.ts'
export { Random } from './random.ts'
export { AlsRecommender } from './recommend/als-recommender.ts'
export { ItemSimilarityRecommender } from './recommend/item-similarity-recommender.ts'
export type { RankedLists } from './recommend/ranked-lists.ts'
export { type SparseRows, SparseWriter } from './sparse.ts'
export { type Split, stratifiedSplit } from './stratified-split.ts'
export type { TargetRange } from './target-range.ts'
export {
  type TargetTransform,
  type TargetTransformChoice,
  TransformedTargetRegressor,
} from './transformed-target.ts'
export type { TreeSketch } from './tree-sketch.ts'
export { DecisionTreeClassifier } from './trees/decision-tree-classifier.ts'
export { DecisionTreeRegressor } from './trees/decision-tree-regressor.ts'
export { ExtraTreesClassifier } from './trees/extra-trees-classifier.ts'
export { ExtraTreesRegressor } from './trees/extra-trees-regressor.ts'
export { RandomForestClassifier } from './trees/random-forest-classifier.ts'
export { RandomForestRegressor } from './trees/random-forest-regressor.ts'
export type { FitWarning, WarningCode } from './warnings.ts'
