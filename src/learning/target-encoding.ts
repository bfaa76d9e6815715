// Categories as the mean target of their rows, drawn towards the mean of all: the encoding that scikit-learn's
// TargetEncoder makes.

/** 'auto': as much as the variances say (empirical Bayes); a number: as many rows of the overall mean are added. */
export type Smoothing = 'auto' | number

/**
 * The encoding of each category, then that of a missing value, over the rows for which `takes` is true. A category
 * without such rows has the mean of all of them.
 *
 * codes       one code per row, 0 … levelCount − 1, or NaN for missing, which counts as one more category
 * y           one finite target per row: of a class 1 for its rows and 0 for others
 * smoothing   'auto' is λ·mean + (1 − λ)·overall mean with λ = n·V / (n·V + v), where n and v are rows and variance of the
 *             category and V is the variance of all (Micci-Barreca 2001); a number m is (Σ y + m·overall mean) / (n + m)
 * O(rows + categories). Without a row all are 0.
 */
export function encodeLevels(
  codes: Float64Array,
  levelCount: number,
  y: Float64Array,
  smoothing: Smoothing,
  takes: (row: number) => boolean = () => true,
): Float64Array {
  const slotOf = (row: number): number => {
    const code = codes[row] as number
    return Number.isNaN(code) ? levelCount : code
  }
  const counts = new Float64Array(levelCount + 1)
  const means = new Float64Array(levelCount + 1)
  let count = 0
  let mean = 0
  for (let i = 0; i < y.length; i++) {
    if (!takes(i)) continue
    const slot = slotOf(i)
    const value = y[i] as number
    counts[slot] = (counts[slot] as number) + 1
    // Running means, so that sums of large targets do not overflow.
    means[slot] = (means[slot] as number) + (value - (means[slot] as number)) / (counts[slot] as number)
    mean += (value - mean) / ++count
  }
  if (smoothing !== 'auto') {
    return means.map((own, slot) => {
      const n = counts[slot] as number
      return n + smoothing > 0 ? (n * own + smoothing * mean) / (n + smoothing) : mean
    })
  }
  const squares = new Float64Array(levelCount + 1)
  let variance = 0
  for (let i = 0; i < y.length; i++) {
    if (!takes(i)) continue
    const slot = slotOf(i)
    const value = y[i] as number
    squares[slot] = (squares[slot] as number) + (value - (means[slot] as number)) ** 2
    variance += (value - mean) ** 2 / count
  }
  return means.map((own, slot) => {
    const n = counts[slot] as number
    const between = n * variance
    const share = between / (between + (squares[slot] as number) / n)
    // 0/0: no row of it, or a target that does not vary.
    return Number.isNaN(share) ? mean : share * own + (1 - share) * mean
  })
}

/**
 * Each row encoded by what the rows of other folds say, so that none is encoded by its own target. O(rows × folds).
 *
 * folds   the fold of each row, 0 … foldCount − 1
 */
export function crossEncode(
  codes: Float64Array,
  levelCount: number,
  y: Float64Array,
  smoothing: Smoothing,
  folds: Uint8Array,
  foldCount: number,
): Float64Array {
  const encoded = new Float64Array(y.length)
  for (let fold = 0; fold < foldCount; fold++) {
    const encodings = encodeLevels(codes, levelCount, y, smoothing, (row) => folds[row] !== fold)
    for (let i = 0; i < y.length; i++) {
      if (folds[i] !== fold) continue
      const code = codes[i] as number
      encoded[i] = encodings[Number.isNaN(code) ? levelCount : code] as number
    }
  }
  return encoded
}
