// The correlation of true and predicted classes.
import type { ClassCounts } from './class-counts.ts'
import { sum } from './moments.ts'

/**
 * scikit-learn's matthews_corrcoef: Gorodkin's 2004 R_K for any number of classes ("Comparing two K-category
 * assignments by a K-category correlation coefficient"). 0 when all rows are of one class or taken for one.
 */
export function matthewsCorrcoef({ truth, predicted, correct }: ClassCounts): number {
  const total = sum(predicted)
  const covariance = sum(correct) * total - dot(truth, predicted)
  const spread = (total * total - dot(predicted, predicted)) * (total * total - dot(truth, truth))
  return spread === 0 ? 0 : covariance / Math.sqrt(spread)
}

function dot(a: Float64Array, b: Float64Array): number {
  return sum(a.map((value, i) => value * (b[i] as number)))
}
