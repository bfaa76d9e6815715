// The share of the rows that were predicted right.
import type { ClassCounts } from './class-counts.ts'
import { sum } from './moments.ts'

/** scikit-learn's accuracy_score. NaN when no row has weight. */
export function accuracy({ truth, correct }: ClassCounts): number {
  return sum(correct) / sum(truth)
}
