// How far probabilities are from what came true, squared.
import { mean } from './moments.ts'

/**
 * scikit-learn's brier_score_loss with its default scale: the mean over rows of the squared differences between
 * probabilities and 1 for the true class, 0 for the others, summed over the classes; for two classes half of it. O(rows ×
 * classes). NaN when no row has weight.
 *
 * trueCodes      one code per row, 0 … classCount − 1
 * probabilities  row-major rows × classCount
 */
export function brierScore(
  trueCodes: Int32Array,
  probabilities: Float64Array,
  classCount: number,
  sampleWeight?: Float64Array,
): number {
  const losses = Float64Array.from(trueCodes, (code, row) => {
    let loss = 0
    for (let c = 0; c < classCount; c++) {
      loss += ((probabilities[row * classCount + c] as number) - (c === code ? 1 : 0)) ** 2
    }
    return classCount > 2 ? loss : loss / 2
  })
  return mean(losses, sampleWeight)
}
