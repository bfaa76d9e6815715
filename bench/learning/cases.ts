// What is measured: each estimator with its parameters, the data it gets, and where measuring it makes no sense.
import type { TaskKind } from './data-file.ts'

export type Given = { readonly [name: string]: unknown }

export interface Case {
  /** As in src/learning/estimators.ts and in peer.py. */
  readonly estimator: string
  readonly task: TaskKind
  /** Parameters for so many rows; they mean the same to all libraries. */
  parametersFor(rows: number): Given
  /** More rows are skipped, for the reason given. */
  readonly rowsMax?: number
  readonly skipReason?: string
  /** Rows to predict; default all test rows. */
  readonly testRowsMax?: number
  /** A false one is measured on synthetic data only: a regressor has nothing to do with letters. */
  readonly takesLetters: boolean
  /** A true one is measured on columns of 0 and 1 too. */
  readonly takesOneHot?: boolean
  /** LightGBM has the method too. */
  readonly isInLightGbm?: boolean
}

const always = (given: Given) => (): Given => given
/** Full forests on a million rows take scikit-learn an hour: cost grows with trees, so fewer are measured and said. */
const forest = (rows: number): Given => ({
  n_estimators: rows > 200_000 ? 5 : rows > 20_000 ? 20 : 100,
  random_state: 0,
})
const boosting = always({ max_iter: 100, max_leaf_nodes: 31, early_stopping: false, random_state: 0 })
const neighbours = {
  rowsMax: 100_000,
  skipReason: 'exact search among a million rows in 20 dimensions compares each with each',
  testRowsMax: 2000,
}

export const cases: readonly Case[] = [
  {
    estimator: 'decision_tree_classifier',
    task: 'classes',
    parametersFor: always({ random_state: 0 }),
    takesLetters: true,
  },
  {
    estimator: 'decision_tree_regressor',
    task: 'values',
    parametersFor: always({ random_state: 0 }),
    takesLetters: false,
  },
  { estimator: 'random_forest_classifier', task: 'classes', parametersFor: forest, takesLetters: true },
  { estimator: 'random_forest_regressor', task: 'values', parametersFor: forest, takesLetters: false },
  { estimator: 'extra_trees_classifier', task: 'classes', parametersFor: forest, takesLetters: true },
  { estimator: 'extra_trees_regressor', task: 'values', parametersFor: forest, takesLetters: false },
  {
    estimator: 'gradient_boosting_classifier',
    task: 'classes',
    parametersFor: boosting,
    takesLetters: true,
    isInLightGbm: true,
  },
  {
    estimator: 'gradient_boosting_regressor',
    task: 'values',
    parametersFor: boosting,
    takesLetters: false,
    isInLightGbm: true,
  },
  { estimator: 'gaussian_naive_bayes', task: 'classes', parametersFor: always({}), takesLetters: true },
  { estimator: 'categorical_naive_bayes', task: 'categories', parametersFor: always({}), takesLetters: true },
  {
    estimator: 'k_nearest_neighbors_classifier',
    task: 'classes',
    parametersFor: always({}),
    takesLetters: true,
    ...neighbours,
  },
  {
    estimator: 'k_nearest_neighbors_regressor',
    task: 'values',
    parametersFor: always({}),
    takesLetters: false,
    ...neighbours,
  },
  {
    estimator: 'logistic_regression',
    task: 'classes',
    parametersFor: always({ max_iter: 1000 }),
    takesLetters: true,
    takesOneHot: true,
  },
  ...(['linear_regression', 'ridge_regression', 'lasso_regression'] as const).map(
    (estimator): Case => ({
      estimator,
      task: 'values',
      parametersFor: always(
        { linear_regression: {}, ridge_regression: { alpha: 1 }, lasso_regression: { alpha: 0.1 } }[estimator],
      ),
      takesLetters: false,
      takesOneHot: true,
    }),
  ),
  {
    estimator: 'k_means',
    task: 'clusters',
    parametersFor: always({ n_clusters: 8, n_init: 1, random_state: 0 }),
    takesLetters: true,
  },
  { estimator: 'isolation_forest', task: 'anomalies', parametersFor: always({ random_state: 0 }), takesLetters: true },
]

/** What the score of a task is called. */
export const scoreNames: { readonly [task in TaskKind]: string } = {
  classes: 'accuracy',
  categories: 'accuracy',
  values: 'R²',
  clusters: 'explained',
  anomalies: 'AUC',
}
