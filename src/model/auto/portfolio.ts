// The candidates in their order: those that are good on many tables first, then variations of what was good on this one.
import type { Random } from '../../learning/random.ts'
import {
  type Candidate,
  type CandidateParameters,
  candidateKey,
  type EncodingName,
  type ParameterValue,
  type TargetName,
} from './candidate.ts'
import type { Profile } from './profile.ts'

/** The values that a parameter may take: between two numbers on a logarithmic scale, or a few. */
type Dimension =
  | { readonly from: number; readonly to: number; readonly isInteger?: true }
  | { readonly among: readonly ParameterValue[] }

interface Family {
  readonly kind: Profile['kind']
  readonly space: { readonly [parameter: string]: Dimension }
  readonly encodings: readonly EncodingName[]
  readonly targets?: readonly (TargetName | undefined)[]
}

const BOOSTING = {
  learning_rate: { from: 0.02, to: 0.3 },
  max_iter: { from: 30, to: 400, isInteger: true },
  max_leaf_nodes: { from: 3, to: 63, isInteger: true },
  min_samples_leaf: { from: 2, to: 60, isInteger: true },
  l2_regularization: { among: [0, 0.1, 1, 10] },
  max_features: { among: [1, 0.7, 0.5, 0.3] },
} as const
const TREES = {
  min_samples_leaf: { from: 1, to: 20, isInteger: true },
  max_features: { among: ['sqrt', 0.3, 0.5, 0.8, null] },
  n_estimators: { among: [100, 200] },
} as const
const CLASS_TREES = { ...TREES, criterion: { among: ['gini', 'entropy'] } } as const
const NEIGHBORS = {
  n_neighbors: { from: 1, to: 60, isInteger: true },
  weights: { among: ['uniform', 'distance'] },
  p: { among: [1, 2] },
} as const

const LINES: readonly EncodingName[] = ['scaled', 'target_scaled', 'products']
const CODES: readonly EncodingName[] = ['codes', 'target_codes']
const SCALED: readonly EncodingName[] = ['scaled', 'target_scaled']
const LOGS: readonly (TargetName | undefined)[] = [undefined, 'log1p']

/** By the name of the estimator. */
const FAMILIES: { readonly [estimator: string]: Family } = {
  gradient_boosting_classifier: { kind: 'classifier', space: BOOSTING, encodings: CODES },
  extra_trees_classifier: { kind: 'classifier', space: CLASS_TREES, encodings: CODES },
  random_forest_classifier: { kind: 'classifier', space: CLASS_TREES, encodings: CODES },
  logistic_regression: { kind: 'classifier', space: { C: { from: 1e-3, to: 1e3 } }, encodings: LINES },
  k_nearest_neighbors_classifier: { kind: 'classifier', space: NEIGHBORS, encodings: SCALED },
  gaussian_naive_bayes: {
    kind: 'classifier',
    space: { var_smoothing: { from: 1e-9, to: 0.1 } },
    encodings: SCALED,
  },
  multinomial_naive_bayes: {
    kind: 'classifier',
    space: { alpha: { from: 0.01, to: 10 } },
    encodings: ['counts'],
  },
  gradient_boosting_regressor: { kind: 'regressor', space: BOOSTING, encodings: CODES, targets: LOGS },
  extra_trees_regressor: { kind: 'regressor', space: TREES, encodings: CODES, targets: LOGS },
  random_forest_regressor: { kind: 'regressor', space: TREES, encodings: CODES, targets: LOGS },
  ridge_regression: {
    kind: 'regressor',
    space: { alpha: { from: 1e-2, to: 1e4 } },
    encodings: LINES,
    targets: LOGS,
  },
  lasso_regression: {
    kind: 'regressor',
    space: { alpha: { from: 1e-4, to: 0.3 } },
    encodings: LINES,
    targets: ['standardize'],
  },
  k_nearest_neighbors_regressor: { kind: 'regressor', space: NEIGHBORS, encodings: SCALED },
}

const boosting = (parameters: CandidateParameters) =>
  ({ of: 'gradient_boosting', encoding: 'codes', parameters }) as const

const extraTrees = (parameters: CandidateParameters) => ({ of: 'extra_trees', encoding: 'codes', parameters }) as const

/** Of both kinds; `of` is completed to the name of an estimator. */
const DEFAULTS = {
  boosting: boosting({ learning_rate: 0.1, max_iter: 80, max_leaf_nodes: 12, min_samples_leaf: 10 }),
  /** Slower steps of small trees. */
  smallTrees: boosting({
    ...{ learning_rate: 0.05, max_iter: 200, max_leaf_nodes: 6, min_samples_leaf: 5 },
    max_features: 0.5,
  }),
  largeTrees: boosting({
    ...{ learning_rate: 0.05, max_iter: 150, max_leaf_nodes: 31, min_samples_leaf: 20 },
    max_features: 0.7,
  }),
  stumps: boosting({
    ...{ learning_rate: 0.03, max_iter: 200, max_leaf_nodes: 3, min_samples_leaf: 5 },
    max_features: 0.5,
  }),
  targetBoosting: {
    ...boosting({ learning_rate: 0.06, max_iter: 120, max_leaf_nodes: 12, min_samples_leaf: 10, max_features: 0.5 }),
    encoding: 'target_codes',
  },
  /** Of many classes, rows and words the fastest that is no bad one. */
  quick: extraTrees({ n_estimators: 30, min_samples_leaf: 3 }),
  extraTrees: extraTrees({ min_samples_leaf: 2, max_features: 0.5 }),
  targetExtraTrees: { ...extraTrees({ max_features: 'sqrt' }), encoding: 'target_codes' },
  forest: { of: 'random_forest', encoding: 'codes', parameters: { min_samples_leaf: 2, max_features: 0.3 } },
} as const

const LOGISTIC: Candidate = { estimator: 'logistic_regression', encoding: 'scaled', parameters: { C: 1 } }
const RIDGE: Candidate = { estimator: 'ridge_regression', encoding: 'scaled', parameters: { alpha: 1 } }

/** What takes little time comes first. */
const CLASSIFIERS: readonly Candidate[] = [
  { estimator: 'multinomial_naive_bayes', encoding: 'counts', parameters: {} },
  named(DEFAULTS.quick, 'classifier'),
  LOGISTIC,
  named(DEFAULTS.boosting, 'classifier'),
  named(DEFAULTS.smallTrees, 'classifier'),
  { estimator: 'logistic_regression', encoding: 'products', parameters: { C: 0.05 } },
  named(DEFAULTS.extraTrees, 'classifier'),
  { estimator: 'logistic_regression', encoding: 'target_scaled', parameters: { C: 0.1 } },
  named(DEFAULTS.targetBoosting, 'classifier'),
  {
    ...{ estimator: 'k_nearest_neighbors_classifier', encoding: 'target_scaled' },
    parameters: { n_neighbors: 20, weights: 'distance', p: 1 },
  },
  { estimator: 'gaussian_naive_bayes', encoding: 'target_scaled', parameters: {} },
  named(DEFAULTS.forest, 'classifier'),
  named(DEFAULTS.largeTrees, 'classifier'),
  named(DEFAULTS.targetExtraTrees, 'classifier'),
  named(DEFAULTS.stumps, 'classifier'),
]

const REGRESSORS: readonly Candidate[] = [
  { ...RIDGE, encoding: 'target_scaled' },
  named(DEFAULTS.boosting, 'regressor'),
  RIDGE,
  { estimator: 'ridge_regression', encoding: 'products', parameters: { alpha: 30 } },
  named(DEFAULTS.smallTrees, 'regressor'),
  { estimator: 'lasso_regression', encoding: 'target_scaled', target: 'standardize', parameters: { alpha: 0.01 } },
  { estimator: 'ridge_regression', encoding: 'target_scaled', target: 'log1p', parameters: { alpha: 3 } },
  named(DEFAULTS.extraTrees, 'regressor'),
  named(DEFAULTS.targetBoosting, 'regressor'),
  {
    ...{ estimator: 'k_nearest_neighbors_regressor', encoding: 'target_scaled' },
    parameters: { n_neighbors: 10, weights: 'distance', p: 1 },
  },
  { ...named(DEFAULTS.boosting, 'regressor'), target: 'log1p' },
  named(DEFAULTS.forest, 'regressor'),
  named(DEFAULTS.largeTrees, 'regressor'),
  named(DEFAULTS.targetExtraTrees, 'regressor'),
  named(DEFAULTS.stumps, 'regressor'),
]

function named(
  { of, encoding, parameters }: Pick<Candidate, 'encoding' | 'parameters'> & { readonly of: string },
  kind: Profile['kind'],
): Candidate {
  return { estimator: `${of}_${kind}`, encoding, parameters }
}

/** For rows so many that there was no time to try one. */
export function quickCandidate({ kind }: Profile): Candidate {
  return named(DEFAULTS.quick, kind)
}

/** For rows so few that they cannot be divided. */
export function simpleCandidate({ kind }: Profile): Candidate {
  return kind === 'classifier' ? LOGISTIC : RIDGE
}

/** Those that are tried first on any rows that they suit, in their order. */
export function firstCandidates(profile: Profile): Candidate[] {
  const all = profile.kind === 'classifier' ? CLASSIFIERS : REGRESSORS
  const suited = all.map((candidate) => plainly(candidate, profile)).filter((candidate) => isSuited(candidate, profile))
  return [...new Map(suited.map((candidate) => [candidateKey(candidate), candidate])).values()]
}

/** Columns of numbers of which all products are taken, and rows from which these are more than chance. */
const [PRODUCTS_OF_MAX, PRODUCT_ROWS_MIN] = [30, 50]
/** Categories up to which mean labels are no different from the categories themselves. */
const FEW_LEVELS = 10

/** Without mean labels where they change nothing. */
function plainly(candidate: Candidate, { levelsMax }: Profile): Candidate {
  const isPlain = candidate.encoding === 'target_scaled' && levelsMax <= FEW_LEVELS
  return isPlain ? { ...candidate, encoding: 'scaled' } : candidate
}

function isSuited({ encoding, target, estimator }: Candidate, profile: Profile): boolean {
  const { numberCount, levelsMax, rowCount, areLabelsPositive, textCount, categoricalCount } = profile
  if (target === 'log1p' && !areLabelsPositive) return false
  if (estimator === 'multinomial_naive_bayes') return textCount > 0 && numberCount === 0
  if (encoding === 'products') {
    return numberCount > 0 && numberCount + categoricalCount <= PRODUCTS_OF_MAX && rowCount >= PRODUCT_ROWS_MIN
  }
  if (encoding === 'target_codes') return levelsMax > FEW_LEVELS
  return true
}

/** Of a new draw, how often one parameter of the best of its estimator is changed, and how often all are drawn anew. */
const [CHANGE_SHARE, ANEW_SHARE] = [0.5, 0.15]
/** Standard deviation of a change, as a share of the logarithm of the range. */
const CHANGE_SIZE = 0.2
/** How often the best estimator, the next best and so on are drawn. */
const RANK_SHARES = [0.45, 0.25, 0.15, 0.1, 0.05]
const DRAWS_MAX = 50

/**
 * The next candidate after the first ones: a variation of one of the best, each of another estimator and in their order.
 * Undefined where no new one is found.
 */
export function varied(
  bestOfEach: readonly Candidate[],
  profile: Profile,
  tried: ReadonlySet<string>,
  random: Random,
): Candidate | undefined {
  if (bestOfEach.length === 0) return undefined
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const best = bestOfEach[drawRank(bestOfEach.length, random)] as Candidate
    const candidate = plainly(variationOf(best, random), profile)
    if (isSuited(candidate, profile) && !tried.has(candidateKey(candidate))) return candidate
  }
  return undefined
}

function drawRank(count: number, random: Random): number {
  let left = random.uniform()
  for (const [rank, share] of RANK_SHARES.slice(0, count).entries()) {
    left -= share
    if (left < 0) return rank
  }
  return random.integer(Math.min(count, RANK_SHARES.length))
}

function variationOf(best: Candidate, random: Random): Candidate {
  const { space, encodings, targets } = FAMILIES[best.estimator] as Family
  const isAnew = random.uniform() < ANEW_SHARE
  const isChanged = (): boolean => isAnew || random.uniform() < CHANGE_SHARE
  const parameters: Record<string, ParameterValue> = { ...best.parameters }
  for (const [name, dimension] of Object.entries(space)) {
    if (!isChanged()) continue
    parameters[name] = drawValue(dimension, isAnew ? undefined : parameters[name], random)
  }
  const encoding = random.uniform() < CHANGE_SHARE / 2 ? oneOf(encodings, random) : best.encoding
  const target = targets !== undefined && random.uniform() < CHANGE_SHARE / 2 ? oneOf(targets, random) : best.target
  const { estimator } = best
  return target === undefined ? { estimator, encoding, parameters } : { estimator, encoding, target, parameters }
}

function drawValue(dimension: Dimension, at: ParameterValue | undefined, random: Random): ParameterValue {
  if ('among' in dimension) return oneOf(dimension.among, random)
  const { from, to, isInteger } = dimension
  const range = Math.log(to / from)
  const drawn =
    typeof at === 'number'
      ? at * Math.exp(random.normal() * CHANGE_SIZE * range)
      : from * Math.exp(random.uniform() * range)
  const value = Math.min(Math.max(drawn, from), to)
  return isInteger ? Math.round(value) : Number(value.toPrecision(3))
}

function oneOf<T>(values: readonly T[], random: Random): T {
  return values[random.integer(values.length)] as T
}
