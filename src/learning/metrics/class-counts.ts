// How often each class was there, was taken for another, and was right: what most metrics of a classification are made of.

/** Sums of scikit-learn's confusion_matrix, one per class. The matrix itself would have classes² numbers. */
export interface ClassCounts {
  /** The weight of the rows of each class: the sums of the matrix's rows. */
  readonly truth: Float64Array
  /** The weight of the rows that were taken for each class: the sums of its columns. */
  readonly predicted: Float64Array
  /** The weight of the rows of each class that were taken for it: its diagonal. */
  readonly correct: Float64Array
}

/**
 * O(rows + classes).
 *
 * trueCodes, predictedCodes  one code per row, 0 … classCount − 1
 * sampleWeight               one weight ≥ 0 per row; absent means 1
 */
export function countClasses(
  trueCodes: Int32Array,
  predictedCodes: Int32Array,
  classCount: number,
  sampleWeight?: Float64Array,
): ClassCounts {
  const truth = new Float64Array(classCount)
  const predicted = new Float64Array(classCount)
  const correct = new Float64Array(classCount)
  for (let i = 0; i < trueCodes.length; i++) {
    const t = trueCodes[i] as number
    const p = predictedCodes[i] as number
    const weight = sampleWeight === undefined ? 1 : (sampleWeight[i] as number)
    truth[t] = (truth[t] as number) + weight
    predicted[p] = (predicted[p] as number) + weight
    if (t === p) correct[t] = (correct[t] as number) + weight
  }
  return { truth, predicted, correct }
}
