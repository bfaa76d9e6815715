// Mean and variance of one column within each class.

export interface ClassMoments {
  /** Per class, the weight of the rows whose value is not missing. */
  readonly weights: Float64Array
  /** Per class; 0 where the weight is 0. */
  readonly means: Float64Array
  /** Per class, with the weight as divisor; 0 where the weight is 0. */
  readonly variances: Float64Array
}

/**
 * Moments of column · scale, per class. Two passes, the second around the means of the first and corrected by what
 * it finds them off (Chan, Golub and LeVeque 1983): values far from 0 lose no digits. Missing values are left out.
 * O(rows); memory O(classes).
 *
 * codes  per row the class, 0 … classCount − 1
 */
export function momentsByClass(
  column: Float64Array,
  codes: Int32Array,
  classCount: number,
  scale: number,
  sampleWeight?: Float64Array,
): ClassMoments {
  const weights = new Float64Array(classCount)
  const means = new Float64Array(classCount)
  const offs = new Float64Array(classCount)
  const squares = new Float64Array(classCount)
  for (let i = 0; i < codes.length; i++) {
    const value = (column[i] as number) * scale
    if (Number.isNaN(value)) continue
    const code = codes[i] as number
    const weight = sampleWeight === undefined ? 1 : (sampleWeight[i] as number)
    weights[code] = (weights[code] as number) + weight
    means[code] = (means[code] as number) + weight * value
  }
  for (let c = 0; c < classCount; c++) {
    means[c] = (weights[c] as number) > 0 ? (means[c] as number) / (weights[c] as number) : 0
  }
  for (let i = 0; i < codes.length; i++) {
    const value = (column[i] as number) * scale
    if (Number.isNaN(value)) continue
    const code = codes[i] as number
    const weight = sampleWeight === undefined ? 1 : (sampleWeight[i] as number)
    const off = value - (means[code] as number)
    offs[code] = (offs[code] as number) + weight * off
    squares[code] = (squares[code] as number) + weight * off * off
  }
  const variances = new Float64Array(classCount)
  for (let c = 0; c < classCount; c++) {
    const weight = weights[c] as number
    if (weight === 0) continue
    const off = (offs[c] as number) / weight
    means[c] = (means[c] as number) + off
    variances[c] = Math.max(0, (squares[c] as number) / weight - off * off)
  }
  return { weights, means, variances }
}

/** The moments of all classes together. Weight 0 when all values are missing. */
export function pooledMoments({ weights, means, variances }: ClassMoments): {
  weight: number
  mean: number
  variance: number
} {
  let weight = 0
  let mean = 0
  for (let c = 0; c < weights.length; c++) {
    weight += weights[c] as number
    if (weight > 0) mean += ((weights[c] as number) / weight) * ((means[c] as number) - mean)
  }
  let variance = 0
  for (let c = 0; c < weights.length && weight > 0; c++) {
    const off = (means[c] as number) - mean
    variance += ((weights[c] as number) / weight) * ((variances[c] as number) + off * off)
  }
  return { weight, mean, variance }
}
