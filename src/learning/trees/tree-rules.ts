// When a tree splits a node and when it stops: the parameters, resolved against the size of the data.
import { countOf } from '../parameters.ts'
import type { LeafLimits } from './absolute-error/cut.ts'

/**
 * scikit-learn's EPSILON. It stops at impurities below it for numbers too, where targets may just be small: not so
 * here.
 */
export const EPSILON = 2 ** -52

export type CriterionName = 'gini' | 'entropy' | 'squared_error' | 'absolute_error'

/** Plain data: crosses to other threads. */
export interface TreeRules {
  readonly criterion: CriterionName
  readonly splitter: 'best' | 'random'
  readonly featureCount: number
  /** Infinity where there is no bound. */
  readonly depthMax: number
  readonly splitRowCountMin: number
  readonly leafRowCountMin: number
  /** Of the weight of all rows. */
  readonly leafWeightFractionMin: number
  /** Infinity grows depth first; a number grows the best leaf first until there are so many. */
  readonly leafCountMax: number
  readonly impurityDecreaseMin: number
  /** 0 does not prune. */
  readonly ccpAlpha: number
}

interface Given {
  readonly max_depth: number | null
  readonly min_samples_split: number
  readonly min_samples_leaf: number
  readonly min_weight_fraction_leaf: number
  readonly max_features: null | 'sqrt' | 'log2' | number
  readonly max_leaf_nodes: number | null
  readonly min_impurity_decrease: number
  readonly ccp_alpha: number
}

/** Fractions are of all rows, those with weight 0 included, as in scikit-learn. */
export function resolveRules(
  given: Given,
  criterion: CriterionName,
  splitter: 'best' | 'random',
  rowCount: number,
  columnCount: number,
): TreeRules {
  const leafRowCountMin = Number.isInteger(given.min_samples_leaf)
    ? given.min_samples_leaf
    : Math.ceil(given.min_samples_leaf * rowCount)
  const splitRowCountMin =
    given.min_samples_split >= 2 ? given.min_samples_split : Math.max(2, Math.ceil(given.min_samples_split * rowCount))
  return {
    criterion,
    splitter,
    featureCount: resolveFeatureCount(given.max_features, columnCount),
    depthMax: given.max_depth ?? Infinity,
    splitRowCountMin: Math.max(splitRowCountMin, 2 * leafRowCountMin),
    leafRowCountMin,
    leafWeightFractionMin: given.min_weight_fraction_leaf,
    leafCountMax: given.max_leaf_nodes ?? Infinity,
    impurityDecreaseMin: given.min_impurity_decrease,
    ccpAlpha: given.ccp_alpha,
  }
}

function resolveFeatureCount(maxFeatures: null | 'sqrt' | 'log2' | number, columnCount: number): number {
  if (maxFeatures === null) return columnCount
  if (maxFeatures === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(columnCount)))
  if (maxFeatures === 'log2') return Math.max(1, Math.floor(Math.log2(columnCount)))
  return Math.min(countOf(maxFeatures, columnCount), columnCount)
}

/** The nodes that a tree of these rules can have on so many rows. */
export function nodeCountMax(rules: TreeRules, rowCount: number): number {
  const leaves = Math.min(Math.max(1, Math.floor(rowCount / rules.leafRowCountMin)), rules.leafCountMax)
  return Math.min(2 * leaves - 1, 2 ** Math.min(rules.depthMax + 1, 32) - 1)
}

export function leafLimits(rules: TreeRules, weight: number): LeafLimits {
  return { rowCountMin: rules.leafRowCountMin, weightMin: rules.leafWeightFractionMin * weight }
}
