// All metrics of a classification, by scikit-learn's names.
import { accuracy } from './accuracy.ts'
import { balancedAccuracy } from './balanced-accuracy.ts'
import { type ClassCounts, countClasses } from './class-counts.ts'
import { logLoss } from './log-loss.ts'
import { matthewsCorrcoef } from './matthews-corrcoef.ts'
import { mean } from './moments.ts'
import { precisionRecallF1 } from './precision-recall-f1.ts'
import { rocAuc } from './roc-auc.ts'

export interface ClassificationResult {
  /** One code per row, 0 … classNames.length − 1. */
  readonly trueCodes: Int32Array
  readonly predictedCodes: Int32Array
  /** Row-major rows × classes. Without it there is no log_loss and no roc_auc. */
  readonly probabilities?: Float64Array
  readonly classNames: readonly string[]
  /** One weight ≥ 0 per row; absent means 1. */
  readonly sampleWeight?: Float64Array
}

/**
 * accuracy, balanced_accuracy, precision_macro, recall_macro, f1_macro, f1_weighted, matthews_corrcoef, log_loss and
 * roc_auc; then precision.<class>, recall.<class>, f1.<class> and support.<class>.
 *
 * The values are scikit-learn's with its defaults and zero_division = 0: a class that is neither among the true nor
 * among the predicted rows takes no part in the macro means and has no metrics of its own; log_loss and roc_auc are of
 * all classes. What is undefined is left out rather than NaN: roc_auc when a class has no true row, log_loss with fewer
 * than
 * two classes, and the means when there is no row at all.
 */
export function classificationMetrics(result: ClassificationResult): Map<string, number> {
  const { trueCodes, predictedCodes, probabilities, classNames, sampleWeight } = result
  const counts = countClasses(trueCodes, predictedCodes, classNames.length, sampleWeight)
  const scores = precisionRecallF1(counts)
  const isPresent = presentClasses(result)
  const metrics = new Map<string, number>()
  const add = (name: string, value: number): void => {
    if (Number.isFinite(value)) metrics.set(name, value)
  }
  for (const [name, value] of metricsOfCounts(counts, isPresent)) add(name, value)
  if (probabilities !== undefined) {
    add('log_loss', logLoss(trueCodes, probabilities, classNames.length, sampleWeight))
    add('roc_auc', rocAuc(trueCodes, probabilities, classNames.length, sampleWeight))
  }
  classNames.forEach((className, c) => {
    if (isPresent[c] === 0) return
    add(`precision.${className}`, scores.precision[c] as number)
    add(`recall.${className}`, scores.recall[c] as number)
    add(`f1.${className}`, scores.f1[c] as number)
    add(`support.${className}`, scores.support[c] as number)
  })
  return metrics
}

/**
 * Those of all classes together that need no probabilities; NaN where undefined. O(classes).
 *
 * isPresent  1 for classes that take part in the macro means, else 0
 */
export function metricsOfCounts(counts: ClassCounts, isPresent: Float64Array): [name: string, value: number][] {
  const scores = precisionRecallF1(counts)
  return [
    ['accuracy', accuracy(counts)],
    ['balanced_accuracy', balancedAccuracy(counts)],
    ['precision_macro', mean(scores.precision, isPresent)],
    ['recall_macro', mean(scores.recall, isPresent)],
    ['f1_macro', mean(scores.f1, isPresent)],
    ['f1_weighted', mean(scores.f1, scores.support)],
    ['matthews_corrcoef', matthewsCorrcoef(counts)],
  ]
}

/** 1 for every class that is among the true or the predicted rows, whatever their weight, else 0. */
function presentClasses({ trueCodes, predictedCodes, classNames }: ClassificationResult): Float64Array {
  const isPresent = new Float64Array(classNames.length)
  for (const code of trueCodes) isPresent[code] = 1
  for (const code of predictedCodes) isPresent[code] = 1
  return isPresent
}
