// How far probabilities can be taken at their word: in each range of them, how often the thing came true.

export interface CalibrationBin {
  /** Rows whose probability lies in the bin; bins without rows are left out. */
  readonly count: number
  readonly meanProbability: number
  /** Share of these rows for which it came true. */
  readonly fraction: number
}

/**
 * scikit-learn's calibration_curve with strategy "uniform": bins of equal width from 0 to 1, each with its upper edge.
 *
 * probabilities  one per row, from 0 to 1
 * isTrue         1 for the rows for which it came true, else 0
 * O(rows).
 */
export function calibrationBins(probabilities: Float64Array, isTrue: Uint8Array, binCount: number): CalibrationBin[] {
  const counts = new Float64Array(binCount)
  const sums = new Float64Array(binCount)
  const hits = new Float64Array(binCount)
  const width = 1 / binCount
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] as number
    let bin = Math.min(Math.max(Math.ceil(probability * binCount) - 1, 0), binCount - 1)
    // The product rounds: the edges decide.
    if (bin > 0 && probability <= bin * width) bin--
    else if (bin < binCount - 1 && probability > (bin + 1) * width) bin++
    counts[bin] = (counts[bin] as number) + 1
    sums[bin] = (sums[bin] as number) + probability
    hits[bin] = (hits[bin] as number) + (isTrue[i] as number)
  }
  return [...counts].flatMap((count, bin) => {
    if (count === 0) return []
    return [{ count, meanProbability: (sums[bin] as number) / count, fraction: (hits[bin] as number) / count }]
  })
}
