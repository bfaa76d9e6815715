// The share of the rows that were predicted right.
import { type ConfusionMatrix, correctTotals } from './confusion-matrix.ts'
import { sum } from './moments.ts'

/** scikit-learn's accuracy_score. NaN when no row has weight. */
export function accuracy(confusion: ConfusionMatrix): number {
  return sum(correctTotals(confusion)) / sum(confusion.counts)
}
