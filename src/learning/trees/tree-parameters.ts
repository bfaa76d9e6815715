// The parameters of trees and forests: scikit-learn's names, meanings and defaults.
import { classWeightParameter } from '../class-weight.ts'
import { choice, countOrShare, flag, integer, mapOf, none, parameter, randomState, real } from '../parameters.ts'

type MaxFeatures = null | 'sqrt' | 'log2' | number

/** All columns are null here, where scikit-learn's regression forests have 1.0, which can be written too. */
function maxFeatures(defaultValue: MaxFeatures) {
  return parameter<null, 'sqrt' | 'log2', number>(
    defaultValue as null,
    none,
    choice('sqrt', 'log2'),
    countOrShare('columns'),
  )
}

const growth = {
  /** null grows until leaves are pure or too small to split. */
  max_depth: parameter<null, number>(null, none, integer({ min: 1 })),
  /** Rows that a node needs to be split; a fraction is of all rows. */
  min_samples_split: parameter<number>(2, countOrShare('rows', 2)),
  /** Rows that each side of a split needs; a fraction is of all rows. 1 is one row: scikit-learn refuses 1.0. */
  min_samples_leaf: parameter<number, number>(1, integer({ min: 1 }), real({ above: 0, below: 1 })),
  /** Share of the weight of all rows that each side of a split needs. */
  min_weight_fraction_leaf: parameter(0, real({ min: 0, max: 0.5 })),
  /** null sets no bound; a number grows the best leaf first. */
  max_leaf_nodes: parameter<null, number>(null, none, integer({ min: 2 })),
  min_impurity_decrease: parameter(0, real({ min: 0 })),
  /** Cost per leaf of minimal cost-complexity pruning; 0 does not prune. */
  ccp_alpha: parameter(0, real({ min: 0 })),
  random_state: randomState,
}

const classification = { criterion: parameter('gini', choice('gini', 'entropy', 'log_loss')) }
const regression = { criterion: parameter('squared_error', choice('squared_error', 'absolute_error')) }

/** "random" draws one threshold a column, as extra trees do. */
const splitter = { splitter: parameter('best', choice('best', 'random')) }

const forest = {
  n_estimators: parameter(100, integer({ min: 1, max: 100_000 })),
  /** Rows drawn for each tree, with bootstrap: null is as many as there are, a fraction is of them. */
  max_samples: parameter<null, number>(null, none, countOrShare('rows')),
  oob_score: parameter(false, flag),
  /** Taken and ignored: the threads are those of the service. */
  n_jobs: parameter<null, number>(null, none, integer()),
  /** Taken and ignored. */
  verbose: parameter<number, boolean>(0, integer({ min: 0 }), flag),
}

const forestClassWeight = {
  /** "balanced_subsample" balances the classes in each tree's sample. */
  class_weight: parameter<null, 'balanced' | 'balanced_subsample', { readonly [className: string]: number }>(
    null,
    none,
    choice('balanced', 'balanced_subsample'),
    mapOf(real({ min: 0 })),
  ),
}

export const treeClassifierParameters = {
  ...classification,
  ...splitter,
  ...growth,
  max_features: maxFeatures(null),
  class_weight: classWeightParameter,
}
export const treeRegressorParameters = { ...regression, ...splitter, ...growth, max_features: maxFeatures(null) }

export const randomForestClassifierParameters = {
  ...classification,
  ...growth,
  max_features: maxFeatures('sqrt'),
  ...forest,
  bootstrap: parameter(true, flag),
  ...forestClassWeight,
}
export const randomForestRegressorParameters = {
  ...regression,
  ...growth,
  max_features: maxFeatures(null),
  ...forest,
  bootstrap: parameter(true, flag),
}
export const extraTreesClassifierParameters = {
  ...randomForestClassifierParameters,
  bootstrap: parameter(false, flag),
}
export const extraTreesRegressorParameters = { ...randomForestRegressorParameters, bootstrap: parameter(false, flag) }
