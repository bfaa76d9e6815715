// From data to fitted trees: what all six estimators share.
import { weightRows } from '../class-weight.ts'
import { DataError, ParameterError } from '../errors.ts'
import type { ClassTarget, FitContext } from '../estimator.ts'
import { type Matrix, requireDense } from '../matrix.ts'
import { inSharedMemory, int32InSharedMemory, sharedUint8 } from '../parallel/shared-arrays.ts'
import { countOf, tellReadings } from '../parameters.ts'
import type { BootstrapRules } from './bootstrap.ts'
import { checkBounds, codeMatrix } from './coded-matrix.ts'
import { type CompactForest, joinTrees } from './compact-forest.ts'
import { bytesPerTree, growTrees } from './grow-trees.ts'
import { meanImportances } from './importances.ts'
import { kernelForRanks, kernelForValues } from './kernel/kernel-for-data.ts'
import { scoreOutOfBag } from './out-of-bag.ts'
import { type PooledLevels, poolLevels } from './pooled-levels.ts'
import { rankColumn } from './rank-column.ts'
import { randomForestClassifierParameters } from './tree-parameters.ts'
import type { ClassesTarget, NumbersTarget, TreeProblem } from './tree-problem.ts'
import { type CriterionName, resolveRules, type TreeRules } from './tree-rules.ts'
import { makeWalkable } from './walkable-forest.ts'

const CLASS_COUNT_MAX = 65_535

/** Parameters of growth, as every estimator here has them. */
export interface GrowthValues {
  readonly max_depth: number | null
  readonly min_samples_split: number
  readonly min_samples_leaf: number
  readonly min_weight_fraction_leaf: number
  readonly max_features: null | 'sqrt' | 'log2' | number
  readonly max_leaf_nodes: number | null
  readonly min_impurity_decrease: number
  readonly ccp_alpha: number
  readonly random_state: number | null
}

export interface ForestValues {
  readonly n_estimators: number
  readonly bootstrap: boolean
  readonly max_samples: number | null
  readonly oob_score: boolean
}

/** A single tree is a forest of one, grown on all rows. */
export const ONE_TREE: ForestValues = { n_estimators: 1, bootstrap: false, max_samples: null, oob_score: false }

export interface GrownForest {
  readonly compact: CompactForest
  readonly importances: Float64Array
  readonly oobScore: number | null
  readonly pools: readonly PooledLevels[]
}

/** What to grow, how many, and how cuts are chosen. */
export interface TreePlan {
  readonly growth: GrowthValues
  readonly forest: ForestValues
  readonly splitter: 'best' | 'random'
}

type ForestClassWeight = null | 'balanced' | 'balanced_subsample' | { readonly [className: string]: number }

/**
 * Time O(trees × columns × rows × depth). Memory: the matrix, ranked and in the kernel, for each thread what planKernel
 * says, and the trees. Throws ParameterError, DataError, FitStopped.
 */
export async function fitClassTrees(
  given: Matrix,
  y: ClassTarget,
  context: FitContext,
  plan: TreePlan,
  criterion: 'gini' | 'entropy' | 'log_loss',
  classWeight: ForestClassWeight,
  sampleWeight: Float64Array | undefined,
): Promise<GrownForest> {
  const { x, pools } = readyMatrix(given, plan, context)
  const classCount = y.classNames.length
  if (classCount > CLASS_COUNT_MAX)
    throw new DataError(`trees take at most ${CLASS_COUNT_MAX} classes, got ${classCount}`)
  const isSubsample = classWeight === 'balanced_subsample'
  // Without samples of their own, trees are balanced by all rows.
  const overall = isSubsample ? (plan.forest.bootstrap ? null : 'balanced') : classWeight
  const weights = weightRows(overall, y, sampleWeight)
  const target: ClassesTarget = { kind: 'classes', codes: int32InSharedMemory(y.codes), classCount }
  const rules = rulesOf(plan, criterion === 'gini' ? 'gini' : 'entropy', x)
  const bootstrap = planBootstrap(plan.forest, x.rowCount, weights, isSubsample)
  return { ...(await growForest(await toProblem(x, target, rules, plan, context), bootstrap, plan, x, context)), pools }
}

/** The same for numbers. */
export async function fitNumberTrees(
  given: Matrix,
  y: Float64Array,
  context: FitContext,
  plan: TreePlan,
  criterion: 'squared_error' | 'absolute_error',
  sampleWeight: Float64Array | undefined,
): Promise<GrownForest> {
  const { x, pools } = readyMatrix(given, plan, context)
  const scale = scaleOf(y)
  const values = inSharedMemory(scale === 1 ? y : y.map((value) => value / scale))
  const ranks = criterion === 'absolute_error' ? int32InSharedMemory(rankColumn(values).codes) : new Int32Array(0)
  const target: NumbersTarget = { kind: 'numbers', values, scale, ranks }
  const rules = rulesOf(plan, criterion, x)
  const impurityScale = criterion === 'absolute_error' ? scale : scale * scale
  const scaledRules = {
    ...rules,
    impurityDecreaseMin: rules.impurityDecreaseMin / impurityScale || 0,
    ccpAlpha: rules.ccpAlpha / impurityScale || 0,
  }
  const bootstrap = planBootstrap(plan.forest, x.rowCount, sampleWeight, false)
  return {
    ...(await growForest(await toProblem(x, target, scaledRules, plan, context), bootstrap, plan, x, context)),
    pools,
  }
}

/** What the trees are grown on, within their bounds; tells how the parameters and the levels were read. */
function readyMatrix(x: Matrix, { growth, forest }: TreePlan, context: FitContext) {
  requireDense(x, 'a tree')
  checkForest(forest, x.rowCount)
  checkBounds(x)
  tellReadings(randomForestClassifierParameters, { ...growth, ...forest }, context)
  return poolLevels(x, context)
}

function rulesOf(plan: TreePlan, criterion: CriterionName, { rowCount, columns }: Matrix): TreeRules {
  return resolveRules(plan.growth, criterion, plan.splitter, rowCount, columns.length)
}

/** All impurities have a kernel but the absolute error; random cuts need no ranks there. */
async function toProblem(
  x: Matrix,
  target: ClassesTarget | NumbersTarget,
  rules: TreeRules,
  { forest }: TreePlan,
  context: FitContext,
): Promise<TreeProblem> {
  const { rowCount, columns } = x
  const categoryCounts = Int32Array.from(x.categoryCounts)
  const sizes = { rowCount, columnCount: columns.length, categoryCounts, target, rules }
  const threadCount = Math.min(context.team.threadCount, forest.n_estimators)
  const hasKernel = rules.criterion !== 'absolute_error'
  if (hasKernel && rules.splitter === 'random') {
    return { ...sizes, engine: await kernelForValues(x, target, rules, threadCount, context.stop) }
  }
  const matrix = await codeMatrix(x, context)
  const engine = hasKernel ? await kernelForRanks(matrix, target, rules, threadCount, context.stop) : matrix
  return { ...sizes, engine }
}

/** A power of two that brings extreme targets near 1, so that neither their squares nor the squares' sums overflow. */
function scaleOf(y: Float64Array): number {
  let largest = 0
  for (const value of y) largest = Math.max(largest, Math.abs(value))
  if (largest === 0 || (largest > 1e-60 && largest < 1e60)) return 1
  return 2 ** Math.min(1023, Math.max(-1000, Math.floor(Math.log2(largest))))
}

function checkForest({ bootstrap, max_samples, oob_score }: ForestValues, rowCount: number): void {
  const faults = []
  if (!bootstrap && max_samples !== null) {
    faults.push({ parameter: 'max_samples', message: 'expected null where bootstrap is false' })
  }
  if (!bootstrap && oob_score) {
    faults.push({ parameter: 'oob_score', message: 'expected false where bootstrap is false' })
  }
  if (max_samples !== null && max_samples > rowCount) {
    faults.push({ parameter: 'max_samples', message: `expected at most the ${rowCount} rows, got ${max_samples}` })
  }
  if (faults.length > 0) throw new ParameterError(faults)
}

function planBootstrap(
  { bootstrap, max_samples }: ForestValues,
  rowCount: number,
  weights: Float64Array | undefined,
  balancesClasses: boolean,
): BootstrapRules {
  let total = 0
  const sums = weights?.map((weight) => {
    total += weight
    return total
  })
  if (weights !== undefined && !(total > 0 && total < Infinity)) {
    throw new DataError(`the weights of the rows must have a sum above 0, got ${total}`)
  }
  if (!bootstrap) {
    const shared = weights === undefined ? null : inSharedMemory(weights)
    return { drawCount: 0, cumulativeWeights: null, weights: shared, balancesClasses: false }
  }
  const drawCount = max_samples === null ? rowCount : countOf(max_samples, rowCount)
  const cumulativeWeights = sums === undefined ? null : inSharedMemory(sums)
  return { drawCount, cumulativeWeights, weights: null, balancesClasses }
}

async function growForest(
  problem: TreeProblem,
  bootstrap: BootstrapRules,
  { forest, growth }: TreePlan,
  x: Matrix,
  context: FitContext,
): Promise<Omit<GrownForest, 'pools'>> {
  const { categoryCounts, columnCount, target } = problem
  const treeCount = forest.n_estimators
  const bagBytes = forest.oob_score ? treeCount * bytesPerTree(x.rowCount) : 0
  const inBag = sharedUint8(bagBytes)
  const seed = growth.random_state ?? context.seed
  const trees = await growTrees(problem, bootstrap, treeCount, seed, inBag, context)
  const classCount = target.kind === 'classes' ? target.classCount : 0
  const compact = joinTrees(trees, categoryCounts, classCount)
  const importances = meanImportances(
    trees.map((tree) => tree.importances),
    columnCount,
  )
  if (!forest.oob_score) return { compact, importances, oobScore: null }
  const truth = target.kind === 'classes' ? target.codes : target.values.map((value) => value * target.scale)
  const oobScore = await scoreOutOfBag(makeWalkable(compact), inBag, x, truth, context)
  return { compact, importances, oobScore }
}
