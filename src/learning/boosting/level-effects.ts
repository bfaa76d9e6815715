// How much the mean target of each level of a column differs from that of all rows, shrunk by what chance would make.

export interface LevelEffects {
  /** Per level, on all rows; NaN where none has it. */
  readonly all: Float64Array
  /** The same on the rows of all folds but one, for each fold; 0 for a level that only this fold has. */
  readonly without: readonly Float64Array[]
}

/** Standard deviations by which the levels' means must differ more than chance makes them. */
const CHANCE_MAX = 1

/**
 * A level's effect is the mean of its n rows times n ÷ (n + m), where m is the variance within levels over that between
 * them (the empirical Bayes estimate of one-way random effects: Searle, Casella and McCulloch 1992, "Variance
 * Components", section 3.6). Where the means differ no more than chance makes them, or every row has a level of its own,
 * all effects are 0.
 *
 * codes  levels by row, NaN where missing
 * rows   the rows to look at; folds[row] is from 1 to foldCount
 * O(rows + levels × folds); memory 8 bytes × levels × (folds + 4).
 */
export function levelEffects(
  codes: Float64Array,
  levelCount: number,
  target: Float64Array,
  rows: Int32Array,
  folds: Uint8Array,
  foldCount: number,
  weight: Float64Array | undefined,
): LevelEffects {
  const size = levelCount * foldCount
  const sums = new Float64Array(size)
  const weights = new Float64Array(size)
  const { mean, unit } = momentsOf(codes, target, rows, weight)
  let squares = 0
  let rowCount = 0
  for (const row of rows) {
    const code = codes[row] as number
    if (Number.isNaN(code)) continue
    const w = (weight?.[row] ?? 1) * unit
    const at = code * foldCount + (folds[row] as number) - 1
    const value = (target[row] as number) - mean
    sums[at] = (sums[at] as number) + w * value
    weights[at] = (weights[at] as number) + w
    squares += w * value * value
    rowCount += 1
  }
  const totalSums = rowSums(sums, levelCount, foldCount)
  const totalWeights = rowSums(weights, levelCount, foldCount)
  const prior = rowsOfPrior(totalSums, totalWeights, squares, rowCount)
  const effect = (sum: number, w: number): number => (w > 0 && prior < Infinity ? Math.fround(sum / (w + prior)) : 0)
  const all = totalWeights.map((w, level) => (w > 0 ? effect(totalSums[level] as number, w) : Number.NaN))
  const without = Array.from({ length: foldCount }, (_, fold) =>
    totalWeights.map((w, level) => {
      const at = level * foldCount + fold
      const rest = w - (weights[at] as number)
      // What rounding leaves of a level that this fold alone has is no row.
      return rest > 1e-9 * w ? effect((totalSums[level] as number) - (sums[at] as number), rest) : 0
    }),
  )
  return { all, without }
}

/** The weighted mean, and what makes weights 1 on average. */
function momentsOf(
  codes: Float64Array,
  target: Float64Array,
  rows: Int32Array,
  weight: Float64Array | undefined,
): { mean: number; unit: number } {
  let [sum, total, count] = [0, 0, 0]
  for (const row of rows) {
    if (Number.isNaN(codes[row] as number)) continue
    const w = weight?.[row] ?? 1
    sum += w * (target[row] as number)
    total += w
    count += 1
  }
  return total > 0 ? { mean: sum / total, unit: count / total } : { mean: 0, unit: 1 }
}

function rowSums(values: Float64Array, rowCount: number, width: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) =>
    values.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0),
  )
}

/** m: how many rows' worth the mean of all rows counts in each level; Infinity where levels do not differ. */
function rowsOfPrior(sums: Float64Array, weights: Float64Array, squares: number, rowCount: number): number {
  let [levels, between, weightSquares] = [0, 0, 0]
  weights.forEach((w, level) => {
    if (w === 0) return
    levels += 1
    between += (sums[level] as number) ** 2 / w
    weightSquares += w * w
  })
  const [betweenFreedom, withinFreedom] = [levels - 1, rowCount - levels]
  if (betweenFreedom <= 0 || withinFreedom <= 0) return Infinity
  const withinMean = Math.max(squares - between, 0) / withinFreedom
  const betweenMean = between / betweenFreedom
  // The ratio of the two has about this deviation when levels do not differ.
  const chance = Math.sqrt(2 / betweenFreedom + 2 / withinFreedom)
  if (!(betweenMean > withinMean * (1 + CHANCE_MAX * chance))) return Infinity
  const perLevel = (rowCount - weightSquares / rowCount) / betweenFreedom
  return (withinMean * perLevel) / (betweenMean - withinMean)
}
