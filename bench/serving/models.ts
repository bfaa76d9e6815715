// What is trained: on letters, on their places in the alphabet, or without labels; and what the peer calls it.
export interface ServedModel {
  readonly name: string
  readonly labels: 'letters' | 'places' | 'none'
  readonly peer?: string
}

export const MODELS: readonly ServedModel[] = [
  { name: 'random_forest_classifier', labels: 'letters', peer: 'random_forest' },
  { name: 'extra_trees_classifier', labels: 'letters' },
  { name: 'decision_tree_classifier', labels: 'letters', peer: 'decision_tree' },
  { name: 'gradient_boosting_classifier', labels: 'letters', peer: 'gradient_boosting' },
  { name: 'gaussian_naive_bayes', labels: 'letters', peer: 'naive_bayes' },
  { name: 'categorical_naive_bayes', labels: 'letters' },
  { name: 'k_nearest_neighbors_classifier', labels: 'letters', peer: 'k_nearest_neighbors' },
  { name: 'logistic_regression', labels: 'letters', peer: 'logistic_regression' },
  { name: 'random_forest_regressor', labels: 'places' },
  { name: 'extra_trees_regressor', labels: 'places' },
  { name: 'decision_tree_regressor', labels: 'places' },
  { name: 'gradient_boosting_regressor', labels: 'places' },
  { name: 'k_nearest_neighbors_regressor', labels: 'places' },
  { name: 'linear_regression', labels: 'places' },
  { name: 'ridge_regression', labels: 'places' },
  { name: 'lasso_regression', labels: 'places' },
  { name: 'k_means', labels: 'none' },
  { name: 'isolation_forest', labels: 'none' },
]
