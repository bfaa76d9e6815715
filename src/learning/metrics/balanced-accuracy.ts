// The mean over the classes of the share of its rows that were predicted right.
import { type ConfusionMatrix, correctTotals, trueTotals } from './confusion-matrix.ts'
import { mean } from './moments.ts'

/** scikit-learn's balanced_accuracy_score: classes without true rows do not count. NaN when no row has weight. */
export function balancedAccuracy(confusion: ConfusionMatrix): number {
  const totals = trueTotals(confusion)
  const correct = correctTotals(confusion)
  const present = totals.map((_, c) => c).filter((c) => (totals[c] as number) > 0)
  return mean(present.map((c) => (correct[c] as number) / (totals[c] as number)))
}
