// All estimators, by the names of their model classes.
import { IsolationForest } from './anomaly/isolation-forest.ts'
import { GradientBoostingClassifier } from './boosting/gradient-boosting-classifier.ts'
import { GradientBoostingRegressor } from './boosting/gradient-boosting-regressor.ts'
import { KMeans } from './cluster/k-means.ts'
import type { EstimatorClass } from './estimator.ts'
import { Lasso } from './linear/lasso.ts'
import { LinearRegression } from './linear/linear-regression.ts'
import { LogisticRegression } from './linear/logistic-regression.ts'
import { Ridge } from './linear/ridge.ts'
import { CategoricalNaiveBayes } from './naive-bayes/categorical-naive-bayes.ts'
import { ComplementNaiveBayes } from './naive-bayes/complement-naive-bayes.ts'
import { GaussianNaiveBayes } from './naive-bayes/gaussian-naive-bayes.ts'
import { MultinomialNaiveBayes } from './naive-bayes/multinomial-naive-bayes.ts'
import { KNeighborsClassifier } from './neighbors/k-neighbors-classifier.ts'
import { KNeighborsRegressor } from './neighbors/k-neighbors-regressor.ts'
import { AlsRecommender } from './recommend/als-recommender.ts'
import { ItemSimilarityRecommender } from './recommend/item-similarity-recommender.ts'
import { DecisionTreeClassifier } from './trees/decision-tree-classifier.ts'
import { DecisionTreeRegressor } from './trees/decision-tree-regressor.ts'
import { ExtraTreesClassifier } from './trees/extra-trees-classifier.ts'
import { ExtraTreesRegressor } from './trees/extra-trees-regressor.ts'
import { RandomForestClassifier } from './trees/random-forest-classifier.ts'
import { RandomForestRegressor } from './trees/random-forest-regressor.ts'

export const estimators: { readonly [name: string]: EstimatorClass } = {
  decision_tree_classifier: DecisionTreeClassifier,
  decision_tree_regressor: DecisionTreeRegressor,
  random_forest_classifier: RandomForestClassifier,
  random_forest_regressor: RandomForestRegressor,
  extra_trees_classifier: ExtraTreesClassifier,
  extra_trees_regressor: ExtraTreesRegressor,
  gradient_boosting_classifier: GradientBoostingClassifier,
  gradient_boosting_regressor: GradientBoostingRegressor,
  gaussian_naive_bayes: GaussianNaiveBayes,
  categorical_naive_bayes: CategoricalNaiveBayes,
  multinomial_naive_bayes: MultinomialNaiveBayes,
  complement_naive_bayes: ComplementNaiveBayes,
  k_nearest_neighbors_classifier: KNeighborsClassifier,
  k_nearest_neighbors_regressor: KNeighborsRegressor,
  logistic_regression: LogisticRegression,
  linear_regression: LinearRegression,
  ridge_regression: Ridge,
  lasso_regression: Lasso,
  k_means: KMeans,
  isolation_forest: IsolationForest,
  als_recommender: AlsRecommender,
  item_similarity_recommender: ItemSimilarityRecommender,
}
