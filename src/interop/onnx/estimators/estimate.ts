// Every estimator of ours as operators, and those that ONNX cannot say.
import { FittedIsolationForest } from '../../../learning/anomaly/fitted-isolation-forest.ts'
import { FittedBoostingClassifier } from '../../../learning/boosting/fitted-boosting-classifier.ts'
import { FittedBoostingRegressor } from '../../../learning/boosting/fitted-boosting-regressor.ts'
import { FittedKMeans } from '../../../learning/cluster/fitted-k-means.ts'
import type {
  FittedAnomalyDetector,
  FittedClassifier,
  FittedClusterer,
  FittedEstimator,
  FittedRegressor,
} from '../../../learning/estimator.ts'
import { FittedLinearRegressor } from '../../../learning/linear/fitted-linear-regressor.ts'
import { FittedLogisticRegression } from '../../../learning/linear/fitted-logistic-regression.ts'
import { FittedCategoricalNaiveBayes } from '../../../learning/naive-bayes/fitted-categorical-naive-bayes.ts'
import { FittedGaussianNaiveBayes } from '../../../learning/naive-bayes/fitted-gaussian-naive-bayes.ts'
import { FittedTermNaiveBayes } from '../../../learning/naive-bayes/fitted-term-naive-bayes.ts'
import { FittedKNeighborsClassifier } from '../../../learning/neighbors/k-neighbors-classifier.ts'
import { FittedKNeighborsRegressor } from '../../../learning/neighbors/k-neighbors-regressor.ts'
import { FittedTransformedTarget } from '../../../learning/transformed-target.ts'
import { FittedTreeClassifier, FittedTreeRegressor } from '../../../learning/trees/fitted-trees.ts'
import type { GraphBuilder, Value } from '../graph-builder.ts'
import { boostedNumbers, boostedProbabilities } from './boosting.ts'
import { forestMeans, forestProbabilities } from './forests.ts'
import { type AnomalyValues, isolationScores } from './isolation.ts'
import { nearestCentres } from './k-means.ts'
import { linearNumbers, logisticProbabilities } from './linear.ts'
import { categoricalProbabilities, gaussianProbabilities, termProbabilities } from './naive-bayes.ts'
import { neighborAnswers } from './neighbors.ts'
import { targetsOf } from './transformed-target.ts'

const KNOWN = [
  ...[FittedTreeClassifier, FittedTreeRegressor, FittedBoostingClassifier, FittedBoostingRegressor],
  ...[FittedIsolationForest, FittedLinearRegressor, FittedLogisticRegression, FittedKMeans],
  ...[FittedGaussianNaiveBayes, FittedCategoricalNaiveBayes, FittedTermNaiveBayes],
  ...[FittedKNeighborsClassifier, FittedKNeighborsRegressor],
] as const

/** Why ONNX cannot say an estimator; undefined where it can. */
export function estimatorRefusal(fitted: FittedEstimator): string | undefined {
  if (fitted instanceof FittedTransformedTarget) {
    if (fitted.ownTransform === undefined) {
      return `the transform ${fitted.learnedAs} of its target is a function of the model class`
    }
    return estimatorRefusal(fitted.fitted)
  }
  // A class below one of these may predict otherwise.
  if (KNOWN.some((known) => Object.getPrototypeOf(fitted) === known.prototype)) return undefined
  return `there is no rule for ${fitted.constructor.name}`
}

/** Rows × classes. x: rows × columns. */
export function probabilitiesOf(g: GraphBuilder, x: Value, fitted: FittedClassifier): Value {
  if (fitted instanceof FittedTreeClassifier) return forestProbabilities(g, x, fitted)
  if (fitted instanceof FittedBoostingClassifier) return boostedProbabilities(g, x, fitted)
  if (fitted instanceof FittedLogisticRegression) return logisticProbabilities(g, x, fitted)
  if (fitted instanceof FittedGaussianNaiveBayes) return gaussianProbabilities(g, x, fitted)
  if (fitted instanceof FittedCategoricalNaiveBayes) return categoricalProbabilities(g, x, fitted)
  if (fitted instanceof FittedTermNaiveBayes) return termProbabilities(g, x, fitted)
  if (fitted instanceof FittedKNeighborsClassifier) return neighborAnswers(g, x, fitted)
  throw unknown(fitted)
}

/** One number a row. */
export function numbersOf(g: GraphBuilder, x: Value, fitted: FittedRegressor): Value {
  if (fitted instanceof FittedTransformedTarget) return targetsOf(g, numbersOf(g, x, fitted.fitted), fitted)
  if (fitted instanceof FittedTreeRegressor) return forestMeans(g, x, fitted)
  if (fitted instanceof FittedBoostingRegressor) return boostedNumbers(g, x, fitted)
  if (fitted instanceof FittedLinearRegressor) return linearNumbers(g, x, fitted)
  if (fitted instanceof FittedKNeighborsRegressor) return neighborAnswers(g, x, fitted)
  throw unknown(fitted)
}

/** The cluster of each row, an int64. */
export function clustersOf(g: GraphBuilder, x: Value, fitted: FittedClusterer): Value {
  if (fitted instanceof FittedKMeans) return nearestCentres(g, x, fitted)
  throw unknown(fitted)
}

export function anomaliesOf(g: GraphBuilder, x: Value, fitted: FittedAnomalyDetector): AnomalyValues {
  if (fitted instanceof FittedIsolationForest) return isolationScores(g, x, fitted)
  throw unknown(fitted)
}

/** Of those that estimatorRefusal knows none comes here. */
function unknown(fitted: FittedEstimator): Error {
  return new Error(`${fitted.constructor.name} has no rule for ONNX, and was not refused`)
}
