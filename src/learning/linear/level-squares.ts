// Least squares where each row is 1 in one sparse column at most, as those of a column of levels are: the coefficients of levels
// are eliminated, so that what is left to solve is as small as the other columns are few.
import { Breather } from '../breather.ts'
import { turn } from '../fit-context.ts'
import type { StopFlag } from '../parallel/stop-flag.ts'
import { factorize, inverseNorm, solveFactorized } from './cholesky.ts'
import { columnName, summarizeColumn } from './column-summary.ts'
import { findLevels } from './find-levels.ts'
import type { FittedLinearRegressor } from './fitted-linear-regressor.ts'
import { type CentredColumn, type LevelSums, sumByLevel } from './level-sums.ts'
import { scaledWeights } from './regression-design.ts'
import { fittedFromSparse } from './sparse-regression.ts'
import type { SplitMatrix } from './split-sparse.ts'

/** Dense columns beside the levels, and means of them by level, beyond which conjugate gradients take no longer. */
const OTHERS_MAX = 32
const MEANS_MAX = 2 ** 21
/** What is left of a column's square without its means by level, at the least: below, rounding has too large a part in it. */
const LEFT_MIN = 1e-8
/** The norm of the inverse factor of what is left, with 1 on its diagonal: above, half of the digits are lost. */
const INVERSE_MAX = 1e4

export interface LevelSquaresOptions {
  readonly alpha: number
  readonly fitIntercept: boolean
}

/**
 * The fitted regressor on `columnCount` columns, of least norm where there is no penalty; undefined where rows are not so, and
 * where the other columns depend on each other or on the levels so much that this is not exact. A column that does not vary has
 * the coefficient 0. Throws DataError as prepareSparse does, and FitStopped.
 *
 * Whatever the coefficients of the others are, that of a level is the shrunken mean of what they leave of its rows. Put into the
 * sum of squares this leaves the Schur complement of the levels' block, which is diagonal (Björck 1996, "Numerical Methods for
 * Least Squares Problems", 6.3). It is summed about the means of the levels. O(rows · others²). Memory: 4 bytes a row, and 8 for
 * each level and other column.
 */
export async function fitLevelSquares(
  split: SplitMatrix,
  y: Float64Array,
  { alpha, fitIntercept }: LevelSquaresOptions,
  columnCount: number,
  stop: StopFlag,
  sampleWeight?: Float64Array,
): Promise<FittedLinearRegressor | undefined> {
  const breather = new Breather(stop)
  const { weights, weightUnit, totalWeight } = scaledWeights(split.rowCount, sampleWeight)
  const levels = findLevels(split, weights)
  if (levels === undefined) return undefined
  const { levelOf, levelFeatures, dense, denseFeatures } = levels
  const levelCount = levelFeatures.length
  if (dense.length > OTHERS_MAX || levelCount * (dense.length + 1) > MEANS_MAX) return undefined
  const columns: CentredColumn[] = []
  const features: number[] = []
  for (const [j, column] of [...dense, y].entries()) {
    if (breather.isTurnDue()) await turn()
    const isTarget = j === dense.length
    const feature = denseFeatures[j] as number
    const { mean, min, max } = summarizeColumn(column, isTarget ? 'the target' : columnName(feature), weights)
    const isConstant = min === max && (fitIntercept || min === 0)
    if (isConstant && !isTarget) continue
    columns.push({ column, mean: fitIntercept ? mean : 0 })
    if (!isTarget) features.push(feature)
  }
  const sums = await sumByLevel(columns, levelOf, levelCount, breather, weights)
  const solution = await solve(sums, alpha / weightUnit, fitIntercept, breather)
  if (solution === undefined) return undefined
  const levelMeans = sums.weights.subarray(0, levelCount).map((weight) => (fitIntercept ? weight / totalWeight : 0))
  const posed = {
    features: Int32Array.from([...features, ...levelFeatures]),
    means: Float64Array.from([...columns.slice(0, -1).map(({ mean }) => mean), ...levelMeans]),
    targetMean: (columns.at(-1) as CentredColumn).mean,
    fitIntercept,
  }
  return fittedFromSparse(posed, solution, columnCount, { isConverged: true, iterations: 1 })
}

/** The coefficients of the other columns, then of the levels; undefined where they would not be exact. */
async function solve(
  sums: LevelSums,
  penalty: number,
  fitIntercept: boolean,
  breather: Breather,
): Promise<Float64Array | undefined> {
  const { weights, means, within } = sums
  const others = sums.columnCount - 1
  const levelCount = weights.length - 1
  // What a level's mean counts for once its own coefficient has shrunk it; those without a level have no coefficient.
  const left = weights.map((weight, g) =>
    g === levelCount ? weight : weight === 0 ? 0 : (weight * penalty) / (weight + penalty),
  )
  const hasBias = fitIntercept && left.some((value) => value > 0)
  const size = others + (hasBias ? 1 : 0)
  // The mean of column j in group g, where the bias is one of ones behind the others, and the target is the last.
  const meanOf = (g: number, j: number): number =>
    j === others && hasBias ? 1 : (means[g * (others + 1) + Math.min(j, others)] as number)
  const matrix = new Float64Array((size + 1) * (size + 1))
  const whole = new Float64Array(size + 1)
  for (let a = 0; a <= size; a++) {
    if (breather.isTurnDue()) await turn()
    for (let b = 0; b <= a; b++) {
      const isBias = hasBias && (a === others || b === others)
      let sum = isBias ? 0 : (within[Math.min(a, others) * (others + 1) + Math.min(b, others)] as number)
      if (a === b) {
        whole[a] = sum
        if (a < others) sum += penalty
      }
      for (let g = 0; g <= levelCount; g++) {
        const product = meanOf(g, a) * meanOf(g, b)
        sum += (left[g] as number) * product
        if (a === b) whole[a] = (whole[a] as number) + (weights[g] as number) * product
      }
      matrix[a * (size + 1) + b] = sum
    }
  }
  const solved = solveScaled(matrix, size, whole, others)
  if (solved === undefined) return undefined
  const coefficients = new Float64Array(others + levelCount)
  coefficients.set(solved.subarray(0, others))
  let [total, seen] = [0, 0]
  for (let g = 0; g < levelCount; g++) {
    const weight = weights[g] as number
    if (weight === 0) continue
    let rest = meanOf(g, size)
    for (let j = 0; j < size; j++) rest -= (solved[j] as number) * meanOf(g, j)
    const coefficient = (rest * weight) / (weight + penalty)
    coefficients[others + g] = coefficient
    total += coefficient
    seen += 1
  }
  if (hasBias || !fitIntercept) return coefficients
  // A constant may move between the levels and the intercept: of least norm are those whose sum is 0.
  for (let g = 0; g < levelCount; g++) {
    if ((weights[g] as number) > 0) coefficients[others + g] = (coefficients[others + g] as number) - total / seen
  }
  return coefficients
}

/** The solution of the first `size` rows of the lower triangle, the products with the target being in the last row. */
function solveScaled(
  matrix: Float64Array,
  size: number,
  whole: Float64Array,
  others: number,
): Float64Array | undefined {
  const width = size + 1
  const scales = new Float64Array(size)
  for (let j = 0; j < size; j++) {
    const diagonal = matrix[j * width + j] as number
    const isLost = j < others && diagonal < LEFT_MIN * (whole[j] as number)
    if (isLost || !(diagonal > 0)) return undefined
    scales[j] = 1 / Math.sqrt(diagonal)
  }
  const scaled = new Float64Array(size * size)
  const solution = new Float64Array(size)
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      scaled[a * size + b] = (matrix[a * width + b] as number) * (scales[a] as number) * (scales[b] as number)
    }
    solution[a] = (matrix[size * width + a] as number) * (scales[a] as number)
  }
  if (!factorize(scaled, size) || inverseNorm(scaled, size) > INVERSE_MAX) return undefined
  solveFactorized(scaled, size, solution)
  return solution.map((value, j) => value * (scales[j] as number))
}
