// From a matrix and its target to boosted trees: all that the classifier and the regressor share.
import { ParameterError } from '../errors.ts'
import type { ClassTarget, FitContext } from '../estimator.ts'
import { turn } from '../fit-context.ts'
import { columnCountOf, type Matrix } from '../matrix.ts'
import { inSharedMemory, sharedFloat64, sharedInt32, sharedUint8 } from '../parallel/shared-arrays.ts'
import { toSparseColumns } from '../sparse.ts'
import { type BinInput, binColumns, binCountsOf, binsInOrder } from './bin-task.ts'
import { newBoostMemory, type RowArrays } from './boost-memory.ts'
import { type BoostInput, type BoostResult, boost, chunkSumsLength, type Rows } from './boost-task.ts'
import type { BoostedTrees } from './boosted-trees.ts'
import { type BoostingParameters, type MonotonicConstraints, monotonicDirections } from './boosting-parameters.ts'
import { type ColumnBins, isCategorical } from './column-bins.ts'
import { divideRows, drawSample, scaleWeights, stopsEarly } from './divide-rows.ts'
import { type BinForm, EXACT_ROWS_MAX } from './kernel-shape.ts'
import { baselineOf, hasUnitHessian, type Loss, leafQuantile, outputCount } from './loss.ts'
import { poolLevels } from './pool-levels.ts'
import { markPooled, nameLevels } from './pooled-bins.ts'
import { tellRareLevels } from './rare-levels.ts'
import { CANDIDATE_WORDS } from './split-candidate.ts'
import { mergeBatches } from './tree-batch.ts'

/** Rows × columns from which a second thread pays where it shares columns: members meet several times in a split. */
const SHARED_CELLS_MIN = 400_000
/** Rows × columns × outputs from which it pays where it shares trees: members meet twice in an iteration. */
const SHARED_TREES_MIN = 60_000
const BREATH_MS = 40
/** What rounding may add to a loss, of targets near 1, that did not fall. */
const RISE_MAX = 1e-9

/** What is to be learned: values (or codes) for every row of the matrix, and the loss. */
export interface BoostingTarget {
  readonly values: Float64Array
  readonly loss: Loss
  /** For a validation part with all classes in proportion. */
  readonly classes?: ClassTarget
  /** Losses and tolerances are in units of the values times this. */
  readonly lossUnit: number
}

/**
 * Fits boosted trees. Rows of weight 0 are left out altogether.
 *
 * Time: per tree about rows × columns × (depth of the tree, roughly), and leaves × columns × bins.
 * Memory beyond the matrix: up to 3 bytes per row and column, 20 bytes per row and 16 per row and output, histograms of
 * at
 * most 256 MB; this must fit into 4 GiB. Where trees are shared out, every thread has bins (1 byte), rows (8 bytes) and
 * histograms of its own. Besides, where more than one thread works on columns that are not in shared memory, a copy of
 * these while they are binned, and what poolLevels takes.
 */
export async function fitBoosting(
  x: Matrix,
  target: BoostingTarget,
  parameters: BoostingParameters,
  context: FitContext,
  weight: Float64Array | undefined,
): Promise<BoostedTrees> {
  const { team, stop } = context
  stop.throwIfSet()
  const { loss } = target
  const outputs = outputCount(loss)
  const directions = monotonicDirections(parameters.monotonic_cst as MonotonicConstraints, x, context)
  const seed = parameters.random_state ?? context.seed
  const [training, validation] = divideRows(x.rowCount, target.classes, parameters, seed, weight)
  const scaledWeight = weight && scaleWeights(weight)
  const widened = await poolLevels(x, target, training, scaledWeight, parameters.max_bins, seed, context)
  const { matrix, sources } = widened
  tellRareLevels(matrix, training, context)

  const columnCount = sources.length
  const outputShare = Math.ceil(outputs / team.threadCount) * team.threadCount
  const sharesTrees = outputs > 1 && outputShare <= 1.25 * outputs
  const cells = training.length * columnCount
  const pays = sharesTrees ? cells * outputs >= SHARED_TREES_MIN : cells >= SHARED_CELLS_MIN
  const memberCount = pays ? Math.min(team.threadCount, sharesTrees ? outputs : columnCount) : 1

  const maxLeafNodes = Math.min(parameters.max_leaf_nodes ?? Infinity, training.length)
  const memory = newBoostMemory({
    trainingCount: training.length,
    validationCount: validation.length,
    columnCount,
    outputs,
    form: binFormFor(loss, scaledWeight, training.length),
    memberCount,
    sharesTrees,
    slotsMax: parameters.max_bins + 1,
    openMax: maxLeafNodes,
  })
  const isShared = memberCount > 1
  const shared = isShared ? matrix.columns.map(inSharedMemory) : matrix.columns
  const sparsePlaces = Array.from({ length: x.sparse?.columnCount ?? 0 }, () => null)
  const denseCount = x.columns.length
  const { categoryCounts } = matrix
  const binInput: BinInput = {
    columns: [...shared.slice(0, denseCount), ...sparsePlaces, ...shared.slice(denseCount)],
    sparse: x.sparse && toSparseColumns(x.sparse),
    sparseFirst: denseCount,
    rowCount: x.rowCount,
    categoryCounts: [
      ...categoryCounts.slice(0, denseCount),
      ...sparsePlaces.map(() => 0),
      ...categoryCounts.slice(denseCount),
    ],
    maxBins: parameters.max_bins,
    sample: drawSample(training, seed),
    weight: scaledWeight,
    training,
    validation,
    codes: memory.training.codes,
    validationCodes: memory.validation.codes,
    hasMissing: sharedUint8(columnCount),
    next: sharedInt32(1),
  }
  const place = { module: import.meta.resolve('./bin-task.ts'), exportName: 'binColumns' }
  const bins = binsInOrder(await team.run(binColumns, place, binInput, stop, memberCount), columnCount)
  await turn()

  const baseline = baselineOf(loss, take(target.values, training), scaledWeight && take(scaledWeight, training))
  const { hasMissing } = binInput
  const rowsOf = (rows: Int32Array, arrays: RowArrays): Rows =>
    makeRows(rows, arrays, bins, hasMissing, target.values, scaledWeight, baseline)
  const input: BoostInput = {
    training: rowsOf(training, memory.training),
    validation: validation.length > 0 ? rowsOf(validation, memory.validation) : undefined,
    loss,
    rules: {
      maxLeafNodes,
      maxDepth: parameters.max_depth ?? Infinity,
      minSamplesLeaf: parameters.min_samples_leaf,
      l2: parameters.l2_regularization,
      learningRate: parameters.learning_rate,
      maxFeatures: parameters.max_features,
      monotonic: Int8Array.from(sources, (source) => directions[source] as number),
      seed,
    },
    iterations: parameters.max_iter,
    stopping: stopsEarly(parameters, x.rowCount)
      ? { iterationsWithoutChange: parameters.n_iter_no_change, tolerance: parameters.tol / target.lossUnit }
      : undefined,
    pooled: markPooled(widened),
    sharesTrees,
    spaces: memory.spaces,
    candidates: sharedFloat64(2 * CANDIDATE_WORDS * memberCount),
    leafValues: sharedFloat64(leafQuantile(loss) === undefined ? 0 : maxLeafNodes),
  }
  const results = await runBoosting(input, context, memberCount)
  const [own] = results as [BoostResult, ...BoostResult[]]
  checkDescent(own.trainingLoss, target.lossUnit, parameters, context)
  const trees = mergeBatches(sharesTrees ? results.map((result) => result.trees) : [own.trees], outputs)
  return {
    columnCount: columnCountOf(x),
    outputs,
    baseline,
    bins: nameLevels(bins, widened, parameters.max_bins, context),
    sources,
    trees,
    importances: importancesOf(
      trees.columns.map((column) => sources[column] as number),
      trees.gains,
      columnCountOf(x),
    ),
    trainingLoss: own.trainingLoss.map((value) => value * target.lossUnit),
    validationLoss: own.validationLoss.map((value) => value * target.lossUnit),
  }
}

/** Tells of losses that rose in the end. Throws ParameterError when they left the range of numbers. */
function checkDescent(
  losses: Float64Array,
  unit: number,
  { learning_rate }: BoostingParameters,
  { warn }: FitContext,
): void {
  const [first, last] = [losses[0] as number, losses.at(-1) as number]
  const grew = `the loss of the training rows grew from ${(first * unit).toPrecision(3)}`
  const rate = `lower learning_rate, which is ${learning_rate}`
  if (!Number.isFinite(last)) {
    const message = `the boosting diverges: ${grew} beyond all numbers in ${losses.length - 1} iterations; ${rate}`
    throw new ParameterError([{ parameter: 'learning_rate', message }])
  }
  if (last <= first * (1 + RISE_MAX) + RISE_MAX) return
  warn({ code: 'NOT_CONVERGED', message: `the boosting diverges: ${grew} to ${(last * unit).toPrecision(3)}; ${rate}` })
}

/** What a bin must hold; see BinForm. */
function binFormFor(loss: Loss, weight: Float64Array | undefined, rowCount: number): BinForm {
  if (weight !== undefined) return 'counted'
  if (hasUnitHessian(loss)) return 'pairs'
  const isLogLoss = loss.name === 'binary' || loss.name === 'multiclass'
  return isLogLoss && rowCount <= EXACT_ROWS_MAX ? 'exact' : 'counted'
}

function makeRows(
  rows: Int32Array,
  { codes, target, raw, gradients, hessians }: RowArrays,
  bins: readonly ColumnBins[],
  hasMissing: Uint8Array,
  values: Float64Array,
  allWeight: Float64Array | undefined,
  baseline: Float64Array,
): Rows {
  const rowCount = rows.length
  for (let i = 0; i < rowCount; i++) target[i] = values[rows[i] as number] as number
  baseline.forEach((value, output) => {
    raw.fill(value, output * rowCount, (output + 1) * rowCount)
  })
  const weight = allWeight && take(allWeight, rows)
  return {
    binned: {
      rowCount,
      columnCount: bins.length,
      codes,
      binCounts: binCountsOf(bins),
      hasMissing,
      categorical: Uint8Array.from(bins, (b) => (isCategorical(b) ? 1 : 0)),
    },
    space: { rowCount, target, weight, raw, gradients, hessians },
    chunkSums: sharedFloat64(chunkSumsLength(rowCount, baseline.length)),
    weightSum: weight ? weight.reduce((sum, w) => sum + w, 0) : rowCount,
  }
}

/** The values of some rows, in shared memory. */
function take(values: Float64Array, rows: Int32Array): Float64Array {
  const taken = sharedFloat64(rows.length)
  for (let i = 0; i < taken.length; i++) taken[i] = values[rows[i] as number] as number
  return taken
}

function runBoosting(input: BoostInput, context: FitContext, memberCount: number): Promise<BoostResult[]> {
  const { iterations } = input
  const step = Math.max(1, Math.ceil(iterations / 100))
  let breathedAt = performance.now()
  const listener = {
    breathe(): Promise<void> | undefined {
      const now = performance.now()
      if (now - breathedAt < BREATH_MS) return undefined
      breathedAt = now
      return turn()
    },
    report(iteration: number): void {
      if (iteration % step === 0 && iteration < iterations) context.report(iteration, iterations, 'boosting')
    },
  }
  const place = { module: import.meta.resolve('./boost-task.ts'), exportName: 'boost' }
  const task = (given: BoostInput, member: Parameters<typeof boost>[1]): Promise<BoostResult> =>
    boost(given, member, member.index === 0 ? listener : undefined)
  return context.team.run(task, place, input, context.stop, memberCount).then((results) => {
    context.report(iterations, iterations, 'boosting')
    return results
  })
}

/** Gains summed by column, over their sum; all 0 where nothing was split. */
function importancesOf(columns: Int32Array, gains: Float64Array, columnCount: number): Float64Array {
  const sums = new Float64Array(columnCount)
  // Over the largest first, so that gains near the largest number do not overflow.
  const largest = gains.reduce((most, gain) => Math.max(most, gain), 0)
  if (largest === 0) return sums
  columns.forEach((column, s) => {
    sums[column] = (sums[column] as number) + (gains[s] as number) / largest
  })
  const total = sums.reduce((sum, gain) => sum + gain, 0)
  return sums.map((sum) => sum / total)
}
