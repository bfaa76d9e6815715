// Reads a file of trees by another framework. Nothing of it is used before it was checked; nothing of it is run.
import type { ImportedTrees, ReadTreesOptions, TreeFormat } from './imported-trees.ts'
import { readLightGbm } from './lightgbm/read-lightgbm.ts'
import { readXgboostJson, readXgboostUbjson } from './xgboost/read-xgboost.ts'

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
