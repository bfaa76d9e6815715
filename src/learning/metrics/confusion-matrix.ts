// How often each class was taken for each: what most metrics of a classification are made of.

/** Weighted counts: counts[t · classCount + p] is the weight of the rows of class t that were taken for class p. */
export interface ConfusionMatrix {
  readonly classCount: number
  readonly counts: Float64Array
}

/**
 * scikit-learn's confusion_matrix with labels 0 … classCount − 1. O(rows + classes²).
 *
 * trueCodes, predictedCodes  one code per row, 0 … classCount − 1
 * sampleWeight               one weight ≥ 0 per row; absent means 1
 */
export function confusionMatrix(
  trueCodes: Int32Array,
  predictedCodes: Int32Array,
  classCount: number,
  sampleWeight?: Float64Array,
): ConfusionMatrix {
  const counts = new Float64Array(classCount * classCount)
  for (let i = 0; i < trueCodes.length; i++) {
    const at = (trueCodes[i] as number) * classCount + (predictedCodes[i] as number)
    counts[at] = (counts[at] as number) + (sampleWeight === undefined ? 1 : (sampleWeight[i] as number))
  }
  return { classCount, counts }
}

/** The weight of the rows of each class: the sums of the matrix's rows. */
export function trueTotals({ classCount, counts }: ConfusionMatrix): Float64Array {
  const totals = new Float64Array(classCount)
  for (let at = 0; at < counts.length; at++) {
    const t = Math.floor(at / classCount)
    totals[t] = (totals[t] as number) + (counts[at] as number)
  }
  return totals
}

/** The weight of the rows that were taken for each class: the sums of the matrix's columns. */
export function predictedTotals({ classCount, counts }: ConfusionMatrix): Float64Array {
  const totals = new Float64Array(classCount)
  for (let at = 0; at < counts.length; at++) {
    const p = at % classCount
    totals[p] = (totals[p] as number) + (counts[at] as number)
  }
  return totals
}

/** The weight of the rows of each class that were taken for it: the matrix's diagonal. */
export function correctTotals({ classCount, counts }: ConfusionMatrix): Float64Array {
  return Float64Array.from({ length: classCount }, (_, c) => counts[c * classCount + c] as number)
}
