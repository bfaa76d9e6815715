// How surprised the probabilities are by the truth.
import { mean } from './moments.ts'

/**
 * scikit-learn's log_loss with labels 0 … classCount − 1: the mean of −ln(probability of the true class), each
 * probability clipped to [ε, 1 − ε] with ε = 2^−52, the machine epsilon of float64. O(rows).
 *
 * trueCodes      one code per row, 0 … classCount − 1
 * probabilities  row-major rows × classCount
 * NaN when no row has weight, and with fewer than two classes, which scikit-learn refuses.
 */
export function logLoss(
  trueCodes: Int32Array,
  probabilities: Float64Array,
  classCount: number,
  sampleWeight?: Float64Array,
): number {
  return classCount < 2 ? Number.NaN : mean(rowLosses(trueCodes, probabilities, classCount), sampleWeight)
}

/** What log_loss is the mean of: −ln(clipped probability of the true class), one a row. O(rows). */
export function rowLosses(trueCodes: Int32Array, probabilities: Float64Array, classCount: number): Float64Array {
  const losses = new Float64Array(trueCodes.length)
  for (let i = 0; i < losses.length; i++) {
    const p = probabilities[i * classCount + (trueCodes[i] as number)] as number
    losses[i] = -Math.log(Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON))
  }
  return losses
}
