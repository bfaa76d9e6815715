// Reads a file of trees by another framework. Nothing of it is used before it was checked; nothing of it is run.
import type { ImportedTrees, TreeFormat } from './imported-trees.ts'
import { readLightGbm } from './lightgbm/read-lightgbm.ts'
import { readXgboostJson, readXgboostUbjson } from './xgboost/read-xgboost.ts'

export interface ReadTreesOptions {
  /**
   * Rounds of boosting to take: 'all' (default), as Booster.predict does, or 'best', those up to the best round of early
   * stopping, as XGBoost's scikit-learn API does.
   */
  readonly rounds?: 'all' | 'best'
  /** LightGBM: the columns that `pandas_categorical` tells of, in its order, where the file does not make that clear. */
  readonly categoricalFeatures?: readonly string[]
}

/**
 * The model in the bytes. Throws ModelFileError with places in the file and all that was found wrong or unsupported.
 * O(bytes) in time and memory.
 */
export function readTreeModel(bytes: Uint8Array, format: TreeFormat, options: ReadTreesOptions = {}): ImportedTrees {
  switch (format) {
    case 'lightgbm':
      return readLightGbm(bytes, options)
    case 'xgboost_json':
      return readXgboostJson(bytes, options)
    case 'xgboost_ubjson':
      return readXgboostUbjson(bytes, options)
  }
}
