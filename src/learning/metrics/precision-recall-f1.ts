// Precision, recall and F1 of each class.
import type { ClassCounts } from './class-counts.ts'

/** Each holds one number per class. */
export interface ClassScores {
  readonly precision: Float64Array
  readonly recall: Float64Array
  readonly f1: Float64Array
  /** The weight of the class's true rows. */
  readonly support: Float64Array
}

/**
 * scikit-learn's precision_recall_fscore_support with labels 0 … classCount − 1 and zero_division 0: a class that is
 * never predicted has precision 0, one without true rows recall 0, one with neither F1 0. O(classes).
 */
export function precisionRecallF1({ truth: support, predicted, correct }: ClassCounts): ClassScores {
  return {
    precision: correct.map((tp, c) => divide(tp, predicted[c] as number)),
    recall: correct.map((tp, c) => divide(tp, support[c] as number)),
    f1: correct.map((tp, c) => divide(2 * tp, (support[c] as number) + (predicted[c] as number))),
    support,
  }
}

function divide(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator
}
