// What a file of trees says, after it was checked: what its columns are, what it answers, and the trees themselves.
import type { ImportedScores } from '../../learning/imported-trees/imported-scores.ts'
import type { Level } from '../../model/table.ts'

export type TreeFormat = 'lightgbm' | 'xgboost_json' | 'xgboost_ubjson'

export interface ImportedFeature {
  /** Null where the file has no names. */
  readonly name: string | null
  /** Whether a category decides a split of the column, or the file says that it holds categories. */
  readonly kind: 'numeric' | 'categorical'
  /** The values that the codes 0, 1, … stand for; null where the file does not say: then rows have the codes themselves. */
  readonly categories: readonly Level[] | null
}

/** One label column of what the model answers. */
export interface ImportedOutput {
  readonly kind: 'classifier' | 'regressor'
  /** Of a classifier, 2 or more; 0 of a regressor. */
  readonly classCount: number
  readonly scores: ImportedScores
  /**
   * What the framework calls the leaves of each tree: LightGBM the number of the leaf, XGBoost that of the node. In the
   * order of the leaves of `scores.trees`; for those who compare leaves.
   */
  readonly leafNames: Int32Array
}

export interface ImportedTrees {
  readonly framework: 'lightgbm' | 'xgboost'
  /** As the file says: 'v4', '3.2.0'. */
  readonly formatVersion: string
  /** As the file says: 'binary sigmoid:1', 'reg:tweedie'. 'none' where it says none. */
  readonly objective: string
  /** In the order of the file's columns. */
  readonly features: readonly ImportedFeature[]
  /** One a label column; several for models of several targets. */
  readonly outputs: readonly ImportedOutput[]
  /** Trees of the file, and rounds of boosting. */
  readonly treeCount: number
  readonly roundCount: number
  /** The rounds that the scikit-learn API of XGBoost predicts with; null where early stopping left no note in the file. */
  readonly bestRounds: number | null
}

export interface ReadTreesOptions {
  /**
   * Rounds of boosting to take: 'all' (default), as Booster.predict does, or 'best', those up to the best round of early
   * stopping, as XGBoost's scikit-learn API does.
   */
  readonly rounds?: 'all' | 'best'
  /** LightGBM: the columns that `pandas_categorical` tells of, in its order, where the file does not make that clear. */
  readonly categoricalFeatures?: readonly string[]
}
