// The mean over the classes of the share of its rows that were predicted right.
import type { ClassCounts } from './class-counts.ts'
import { mean } from './moments.ts'

/** scikit-learn's balanced_accuracy_score: classes without true rows do not count. NaN when no row has weight. */
export function balancedAccuracy({ truth, correct }: ClassCounts): number {
  const present = truth.map((_, c) => c).filter((c) => (truth[c] as number) > 0)
  return mean(present.map((c) => (correct[c] as number) / (truth[c] as number)))
}
