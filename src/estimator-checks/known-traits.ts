// What the estimators of this project promise beyond the rules for all, and quick parameters to check them with.
import type { Given, Subject } from './subject.ts'

type Known = Pick<Subject, 'given' | 'traits'>

const fewTrees: Given = { n_estimators: 8 }
const manyTrees: Given = { n_estimators: 3000 }
/** Shallow trees with large leaves have no two splits of equal worth on the samples, hence one answer. */
const untied: Given = { max_depth: 2, min_samples_leaf: 10 }

const tree: Known = {
  traits: {
    rowOrder: { agreement: 'close', given: untied },
    columnOrder: { agreement: 'close', given: untied },
    zeroWeights: { agreement: 'close', given: { max_depth: 2 } },
    repeatedRows: { agreement: 'close', given: { max_depth: 2 } },
  },
}

/** Bootstraps and drawn columns go by position: another order draws others. */
const forest: Known = {
  given: fewTrees,
  traits: {
    rowOrder: 'none',
    columnOrder: 'none',
    // With a bootstrap, weights are chances to be drawn, and drawn by another rule than rows without weights.
    equalWeights: { agreement: 'close', given: { bootstrap: false } },
    repeatedRows: 'none',
    zeroWeights: 'none',
    slow: manyTrees,
  },
}

const boosting: Known = {
  given: { max_iter: 12, early_stopping: false },
  traits: {
    // The first gradients of a classifier take few values, so that deeper splits of two columns often tie.
    columnOrder: { agreement: 'close', given: { max_leaf_nodes: 2 } },
    // min_samples_leaf counts rows, not weights.
    repeatedRows: { agreement: 'close', given: { min_samples_leaf: 1, max_depth: 2 } },
    zeroWeights: 'none',
    slow: { max_iter: 2000 },
  },
}

/** A row of weight 2 votes twice, but it is one neighbour of k. */
const neighbours: Known = { traits: { repeatedRows: 'none' } }

export const knownTraits: { readonly [estimator: string]: Known } = {
  decision_tree_classifier: tree,
  decision_tree_regressor: tree,
  random_forest_classifier: forest,
  random_forest_regressor: forest,
  extra_trees_classifier: forest,
  extra_trees_regressor: forest,
  gradient_boosting_classifier: boosting,
  gradient_boosting_regressor: boosting,
  gaussian_naive_bayes: {},
  categorical_naive_bayes: { traits: { takes: 'categories', weightScale: 'none' } },
  multinomial_naive_bayes: { traits: { weightScale: 'none' } },
  complement_naive_bayes: { traits: { weightScale: 'none' } },
  k_nearest_neighbors_classifier: neighbours,
  k_nearest_neighbors_regressor: neighbours,
  // The penalty weighs against the sum of weights, so their scale matters.
  logistic_regression: {
    traits: {
      weightScale: 'none',
      sparseColumns: { agreement: 'close', given: { tol: 1e-10 } },
      slow: { max_iter: 10_000, tol: 1e-12 },
    },
  },
  linear_regression: {},
  ridge_regression: { traits: { weightScale: 'none' } },
  lasso_regression: {
    traits: {
      sparseColumns: { agreement: 'close', given: { tol: 1e-12 } },
      slow: { tol: 1e-14, max_iter: 100_000, alpha: 1e-6 },
    },
  },
  k_means: {
    given: { n_clusters: 3, n_init: 2 },
    traits: {
      rowOrder: 'none',
      columnOrder: 'none',
      repeatedRows: 'none',
      zeroWeights: 'none',
      slow: { n_clusters: 50, n_init: 50, max_iter: 5000, tol: 0 },
    },
  },
  als_recommender: {
    given: { factors: 6, iterations: 4 },
    // Confidence grows with the weight itself.
    traits: { weightScale: 'none', slow: { iterations: 10_000, factors: 64 } },
  },
  item_similarity_recommender: {},
  isolation_forest: { ...forest, traits: { ...forest.traits, equalWeights: 'close' } },
}
